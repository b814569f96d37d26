// A list of thousands of rows of which only those near the window are in the page. Each row's height is known before.
import { element, oncePerFrame } from "../dom.ts";

const kBeyond = 600; // pixels above and below the window

export class VirtualRows {
    readonly element = element("div", { class: "rows", role: "list" });
    private readonly there = new Map<number, HTMLElement>();
    private ends = new Float64Array(0); // where each row ends
    private printed: number[] | null = null;

    constructor(private readonly make: (row: number) => HTMLElement, private readonly height: (row: number) => number) {
        const again = oncePerFrame(() => this.show());
        addEventListener("scroll", again, { passive: true });
        addEventListener("resize", again);
        this.element.addEventListener("keydown", (event) => this.key(event));
    }

    // New rows: everything is made again.
    reset(rows: number): void {
        this.ends = new Float64Array(rows);
        let end = 0;
        for (let i = 0; i < rows; i++) this.ends[i] = end += this.height(i);
        this.element.style.height = `${end}px`;
        for (const row of this.there.values()) row.remove();
        this.there.clear();
        this.show();
    }

    // Those rows alone, one below the other as on paper; null: as before.
    print(rows: number[] | null): void {
        this.printed = rows;
        this.element.classList.toggle("printed", rows !== null);
        for (const row of this.there.values()) row.remove();
        this.there.clear();
        if (rows) for (const row of rows) this.put(row);
        else this.show();
    }

    private top(row: number): number { return row === 0 ? 0 : this.ends[row - 1]!; }

    // The first row that ends below `y`.
    private rowAt(y: number): number {
        let low = 0, high = this.ends.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.ends[middle]! > y) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private put(row: number): HTMLElement {
        const made = this.make(row);
        made.setAttribute("role", "listitem");
        made.setAttribute("aria-setsize", String(this.ends.length));
        made.setAttribute("aria-posinset", String(row + 1));
        made.dataset.row = String(row);
        if (!this.printed) {
            made.style.top = `${this.top(row)}px`;
            made.style.height = `${this.height(row)}px`;
        }
        this.there.set(row, made);
        // In the order of the rows, which is that of the Tab key.
        const after = [...this.there.keys()].filter((each) => each > row).sort((a, b) => a - b)[0];
        this.element.insertBefore(made, after === undefined ? null : this.there.get(after)!);
        return made;
    }

    private show(): void {
        if (this.printed) return;
        const from = -this.element.getBoundingClientRect().top;
        const first = this.rowAt(from - kBeyond), last = Math.min(this.ends.length - 1, this.rowAt(from + innerHeight + kBeyond));
        for (const [row, made] of this.there) {
            if ((row >= first && row <= last) || made.contains(document.activeElement)) continue;
            made.remove();
            this.there.delete(row);
        }
        for (let row = first; row <= last; row++) if (!this.there.has(row)) this.put(row);
    }

    // Up and down go from row to row, wherever those are.
    private key(event: KeyboardEvent): void {
        const here = Number((document.activeElement?.closest("[data-row]") as HTMLElement | null)?.dataset.row ?? NaN);
        if (Number.isNaN(here)) return;
        const wanted: Record<string, number> = { ArrowUp: here - 1, ArrowDown: here + 1, PageUp: here - 10, PageDown: here + 10, Home: 0, End: this.ends.length - 1 };
        if (!(event.key in wanted)) return;
        event.preventDefault();
        const row = Math.min(this.ends.length - 1, Math.max(0, wanted[event.key]!));
        const made = this.there.get(row) ?? this.put(row);
        made.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
        made.scrollIntoView({ block: "nearest" });
        this.show();
    }
}
