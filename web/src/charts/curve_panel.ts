// A small chart of one value with its name and, at the cursor, its number. For the keyboard and for screen readers its
// drawing is a slider over the recorded points.
import { axisX, axisY, dot, gridY, line, ruleX } from "@observablehq/plot";
import { element } from "../dom.ts";
import { number, short } from "../format.ts";
import type { Cursor } from "./cursor.ts";
import { drawn, followWidth, type Drawing } from "./frame.ts";
import { saveLink } from "./save_svg.ts";
import { nearest, smoothed, type Series } from "./series.ts";
import { logTicks } from "./ticks.ts";

export interface CurveOptions {
    title: string;
    note?: string;        // behind the title, quieter
    kind: string;         // its colour: the style sheet's --curve-KIND
    series: Series;
    points?: boolean;     // a dot at each value
    marked?: number;      // x of the value that stands out
    breaks?: number[];    // x where something began anew
    xName: string;        // "iteration"
    xDomain: [number, number];
    bounded?: boolean;    // a share, drawn from 0 to 1
    adjustable?: boolean; // obeys CurveView; else it is drawn as it is
}

export interface CurveView {
    halfLife: number;
    log: boolean;
}

const kHeight = 168, kMarginLeft = 52, kMarginRight = 10;

export class CurvePanel {
    readonly element: HTMLElement;
    private readonly readout = element("output", { "aria-live": "off" });
    private readonly drawing: HTMLElement;
    private readonly mark = document.createElementNS("http://www.w3.org/2000/svg", "g");
    private readonly redraw: () => void;
    private shown: Drawing | null = null;
    private view: CurveView = { halfLife: 0, log: false };
    private smooth: Series;

    constructor(private readonly options: CurveOptions, private readonly cursor: Cursor) {
        this.smooth = options.series;
        const title = element("figcaption", {}, element("b", {}, options.title));
        if (options.note) title.append(element("small", { title: options.note }, options.note));
        title.append(this.readout, saveLink(() => this.shown?.svg ?? null, options.title, `${options.title} by ${options.xName}`));
        this.drawing = element("div", {
            class: "drawing", tabindex: 0, role: "slider", "aria-label": [options.title, options.note].filter(Boolean).join(", "),
            "aria-valuemin": options.series.x[0] ?? 0, "aria-valuemax": options.series.x.at(-1) ?? 0,
        });
        this.element = element("figure", { class: `panel ${options.kind}` }, title, this.drawing);
        this.mark.setAttribute("class", "mark");
        this.drawing.addEventListener("pointermove", (event) => this.point(event));
        this.drawing.addEventListener("pointerdown", (event) => this.point(event));
        this.drawing.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") cursor.move(null); });
        this.drawing.addEventListener("keydown", (event) => this.key(event));
        cursor.follow(() => this.showCursor());
        this.redraw = followWidth(this.drawing, (width) => this.draw(width));
        this.showCursor();
    }

    update(view: CurveView): void {
        this.view = view;
        this.smooth = smoothed(this.options.series, this.options.adjustable ? view.halfLife : 0);
        this.redraw();
    }

    private isLog(): boolean {
        return this.view.log && this.options.adjustable === true && this.options.series.y.some((value) => value > 0);
    }

    private draw(width: number): void {
        const { series, kind, xDomain, marked, breaks, points, bounded } = this.options;
        const log = this.isLog();
        const pairs = (of: Series) => of.x.map((x, i) => ({ x, y: log && of.y[i]! <= 0 ? null : of.y[i] }));
        const color = `var(--curve-${kind})`;
        const plain = this.smooth.y === series.y;
        const look = { tickSize: 0, fill: "var(--quiet)" }, rules = { stroke: "var(--rule)", strokeOpacity: 1 };
        const atY = log ? logTicks(series.y.filter((value) => value > 0)) : [];
        this.shown = drawn({
            width, height: kHeight, marginLeft: kMarginLeft, marginRight: kMarginRight, marginTop: 8, marginBottom: 26,
            x: { domain: xDomain, label: null },
            y: { type: log ? "log" : "linear", nice: !bounded && !log, label: null, ...(bounded ? { domain: [0, 1] } : {}) },
            marks: [
                log ? gridY(atY, rules) : gridY({ ...rules, ticks: 4 }),
                log ? axisY(atY, { ...look, text: number }) : axisY({ ...look, ticks: 4, tickFormat: number }),
                axisX({ ticks: Math.max(2, Math.floor(width / 80)), ...look, tickFormat: short, tickSize: 4, stroke: "var(--quiet)" }),
                ruleX(breaks ?? [], { stroke: "var(--rule)", strokeDasharray: "2,3" }),
                line(pairs(series), { x: "x", y: "y", stroke: color, strokeWidth: plain ? 1.5 : 1, strokeOpacity: plain ? 1 : 0.38 }),
                plain ? null : line(pairs(this.smooth), { x: "x", y: "y", stroke: color, strokeWidth: 1.75 }),
                points ? dot(pairs(series), { x: "x", y: "y", fill: color, r: 2 }) : null,
                marked === undefined ? null
                    : dot(pairs(series).filter(({ x }) => x === marked), { x: "x", y: "y", stroke: color, fill: "var(--paper)", strokeWidth: 2, r: 4.5 }),
            ],
        });
        this.shown.svg.setAttribute("aria-hidden", "true");
        this.shown.svg.append(this.mark);
        this.drawing.replaceChildren(this.shown.svg);
        this.showCursor();
    }

    private point(event: PointerEvent): void {
        if (!this.shown) return;
        const at = this.shown.x.invert(event.clientX - this.drawing.getBoundingClientRect().left);
        const found = nearest(this.options.series, at);
        if (found >= 0) this.cursor.move(this.options.series.x[found]!);
    }

    private key(event: KeyboardEvent): void {
        const { series } = this.options;
        const last = series.x.length - 1;
        const here = this.cursor.position === null ? last + 1 : nearest(series, this.cursor.position);
        const step = event.shiftKey ? 10 : 1;
        const wanted: Record<string, number> = {
            ArrowLeft: here - step, ArrowDown: here - step, ArrowRight: here + step, ArrowUp: here + step,
            PageDown: here - 10, PageUp: here + 10, Home: 0, End: last,
        };
        if (event.key === "Escape") {
            this.cursor.move(null);
        } else if (event.key in wanted) {
            this.cursor.move(series.x[Math.min(last, Math.max(0, wanted[event.key]!))] ?? null);
        } else {
            return;
        }
        event.preventDefault();
    }

    // Without a cursor: the last value.
    private showCursor(): void {
        const { series, xName } = this.options;
        const at = this.cursor.position;
        const i = nearest(series, at ?? series.x.at(-1) ?? 0);
        this.mark.replaceChildren();
        if (i < 0) return;
        const x = series.x[i]!, value = series.y[i]!, smooth = this.smooth.y[i]!;
        this.readout.value = number(smooth);
        this.drawing.setAttribute("aria-valuenow", String(x));
        this.drawing.setAttribute("aria-valuetext",
            `${xName} ${x}: ${number(value)}${smooth === value ? "" : `, smoothed ${number(smooth)}`}`);
        if (at === null || !this.shown || (this.isLog() && smooth <= 0)) return;
        const svg = (name: string, attributes: Record<string, number>) => {
            const made = document.createElementNS("http://www.w3.org/2000/svg", name);
            for (const [key, at] of Object.entries(attributes)) made.setAttribute(key, String(at));
            return made;
        };
        const px = this.shown.x.apply(x);
        this.mark.append(svg("line", { x1: px, x2: px, y1: 8, y2: kHeight - 26 }), svg("circle", { cx: px, cy: this.shown.y.apply(smooth), r: 3.5 }));
    }
}
