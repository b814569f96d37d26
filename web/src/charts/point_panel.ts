// A small chart with a name above it, whose points can be read one by one: by pointing at them, and by the keys.
import { element } from "../dom.ts";
import { followWidth, type Drawing } from "./frame.ts";
import { saveLink, type KeyEntry } from "./save_svg.ts";

export interface Stop {
    x: number;    // pixels
    y: number;
    text: string;
}

export interface Scene extends Drawing {
    stops: Stop[];
    under?: string; // said below the drawing
}

export interface PointOptions {
    title: string;
    note?: string;  // behind the title, quieter
    about?: string; // what stands above the chart in a file of its own; the title where nothing is said
    summary?: string;
    key?: () => KeyEntry[]; // of the colours, for the chart in a file of its own
    draw: (width: number) => Scene | null; // null: there is nothing to show
}

export class PointPanel {
    readonly element: HTMLElement;
    private readonly drawing: HTMLElement;
    private readonly readout = element("output", { class: "reading", "aria-live": "off" });
    private readonly under = element("p", { class: "under" });
    private readonly mark = document.createElementNS("http://www.w3.org/2000/svg", "g");
    private readonly again: () => void;
    private scene: Scene | null = null;
    private at: number | null = null;

    constructor(private readonly options: PointOptions) {
        const { title, note, summary } = options;
        const caption = element("figcaption", summary ? { title: summary } : {}, element("b", {}, title));
        if (note) caption.append(element("small", {}, note));
        caption.append(saveLink(() => this.scene?.svg ?? null, title, options.about ?? title, () => [...options.key?.() ?? [], ...(this.scene?.under ? [{ text: this.scene.under }] : [])]));
        this.mark.setAttribute("class", "mark");
        this.drawing = element("div", { class: "drawing points", tabindex: 0, role: "slider", "aria-label": [title, note].filter(Boolean).join(", "), "aria-valuemin": 1 });
        this.element = element("figure", { class: "panel" }, caption, this.drawing, this.under, this.readout);
        const point = (event: PointerEvent) => this.point(event);
        this.drawing.addEventListener("pointermove", point);
        this.drawing.addEventListener("pointerdown", point);
        this.drawing.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") this.show(null); });
        this.drawing.addEventListener("keydown", (event) => this.key(event));
        this.again = followWidth(this.drawing, (width) => this.draw(width));
    }

    redraw(): void {
        this.element.hidden = false; // what is hidden has no width
        this.again();
    }

    private draw(width: number): void {
        this.scene = this.options.draw(width);
        this.element.hidden = this.scene === null;
        if (!this.scene) return;
        this.scene.svg.setAttribute("aria-hidden", "true");
        this.scene.svg.append(this.mark);
        this.drawing.style.height = `${this.scene.svg.getAttribute("height")}px`;
        this.drawing.setAttribute("aria-valuemax", String(this.scene.stops.length));
        this.drawing.replaceChildren(this.scene.svg);
        this.under.textContent = this.scene.under ?? "";
        this.under.hidden = !this.scene.under;
        this.show(null);
    }

    private point(event: PointerEvent): void {
        const box = this.drawing.getBoundingClientRect();
        const x = event.clientX - box.left, y = event.clientY - box.top;
        let found: number | null = null, least = Infinity;
        this.scene?.stops.forEach((stop, i) => {
            const far = Math.hypot(stop.x - x, stop.y - y);
            if (far < least) [found, least] = [i, far];
        });
        this.show(found);
    }

    private key(event: KeyboardEvent): void {
        const last = (this.scene?.stops.length ?? 0) - 1;
        const wanted: Record<string, number> = {
            ArrowLeft: (this.at ?? 0) - 1, ArrowUp: (this.at ?? 0) - 1, ArrowRight: (this.at ?? -1) + 1, ArrowDown: (this.at ?? -1) + 1,
            PageUp: (this.at ?? 0) - 10, PageDown: (this.at ?? -1) + 10, Home: 0, End: last,
        };
        if (event.key === "Escape") this.show(null);
        else if (event.key in wanted && last >= 0) this.show(Math.min(last, Math.max(0, wanted[event.key]!)));
        else return;
        event.preventDefault();
    }

    private show(at: number | null): void {
        this.at = at;
        const stop = at === null ? undefined : this.scene?.stops[at];
        this.mark.replaceChildren();
        this.readout.value = stop?.text ?? "";
        this.drawing.setAttribute("aria-valuenow", String((at ?? -1) + 1));
        this.drawing.setAttribute("aria-valuetext", stop?.text ?? "no point");
        if (!stop) return;
        const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        for (const [name, value] of Object.entries({ cx: stop.x, cy: stop.y, r: 6 })) ring.setAttribute(name, String(value));
        this.mark.append(ring);
    }
}
