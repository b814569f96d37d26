// Which methods the page shows: a box for each, and a field that looks for words in their names. Each method keeps its
// number and its colour in every chart.
import { element } from "../dom.ts";
import type { KeyEntry } from "../charts/save_svg.ts";
import type { Method } from "./data.ts";

const kColours = 8;

export const colourOf = (method: number): string => `var(--method-${method % kColours + 1})`;

// The number that stands for a method, in its colour.
export function badge(method: number): HTMLElement {
    const made = element("span", { class: "badge", "aria-hidden": true }, String(method + 1));
    made.style.setProperty("--colour", colourOf(method));
    return made;
}

// What the colours of a saved chart stand for.
export const keyOf = (methods: Method[], shown: number[], more: (method: number) => string = () => ""): KeyEntry[] =>
    shown.map((method) => ({ colour: colourOf(method), text: `${method + 1} ${methods[method]!.label}${more(method)}` }));

export class MethodChoice {
    readonly element: HTMLElement;
    private readonly chosen: boolean[];
    private readonly boxes: HTMLElement[] = [];
    private readonly listeners: (() => void)[] = [];
    private readonly search = element("input", { type: "search", id: "method-search", placeholder: "find a method", "aria-label": "find a method" });
    private readonly none = element("span", { class: "quiet", role: "status" });
    private found: boolean[];

    constructor(readonly methods: Method[]) {
        this.chosen = methods.map(() => true);
        this.found = methods.map(() => true);
        const list = element("div", { class: "boxes" });
        methods.forEach(({ label, summary }, i) => {
            const box = element("input", { type: "checkbox", checked: true });
            box.addEventListener("change", () => { this.chosen[i] = box.checked; this.tell(); });
            const name = element("label", { class: "method", title: summary ? `${label}: ${summary}` : label }, box, badge(i), element("bdi", {}, label));
            this.boxes.push(name);
            list.append(name);
        });
        this.search.addEventListener("input", () => this.look());
        this.element = element("div", { class: "choice", role: "group", "aria-label": "Methods that are shown" }, this.search, list, this.none);
    }

    follow(listener: () => void): void { this.listeners.push(listener); }
    shows(method: number): boolean { return this.chosen[method] === true && this.found[method] === true; }
    shown(): number[] { return [...this.methods.keys()].filter((i) => this.shows(i)); }

    private look(): void {
        const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
        this.found = this.methods.map(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
        this.boxes.forEach((box, i) => { box.hidden = !this.found[i]; });
        this.tell();
    }

    private tell(): void {
        this.none.textContent = this.shown().length === 0 ? "No method is chosen." : "";
        for (const listener of this.listeners) listener();
    }
}
