// One position that several charts show together.
type Listener = (at: number | null) => void;

export class Cursor {
    private readonly listeners: Listener[] = [];
    private at: number | null = null;

    get position(): number | null { return this.at; }

    follow(listener: Listener): void { this.listeners.push(listener); }

    move(at: number | null): void {
        if (at === this.at) return;
        this.at = at;
        for (const listener of this.listeners) listener(at);
    }
}
