// The curves and pictures of each stage of a training, put where the page has a place for them (reports/training).
import { CurvePanel, type CurveView } from "../charts/curve_panel.ts";
import { Cursor } from "../charts/cursor.ts";
import { pictureSlider } from "../charts/picture_slider.ts";
import { element, oncePerFrame, pageData } from "../dom.ts";
import { count } from "../format.ts";
import "./training.css";

interface Curve {
    name: string;
    note: string;
    kind: "loss" | "validation" | "pace";
    x: number[];
    y: number[];
    bounded: boolean;
}

interface Stage {
    curves: Curve[];
    iterations: number;          // the axis' end
    points_apart: number;        // iterations from one point to the next
    best: number | null;         // iteration
    sessions: number[];          // iterations where it was started or went on
    pictures_about: string;      // rows of a grid, in words
    pictures: { iteration: number; src: string; href: string; width: number; height: number }[];
}

const groups: { kind: Curve["kind"]; title: string }[] = [
    { kind: "loss", title: "Training" },
    { kind: "validation", title: "Validation, on people held out" },
    { kind: "pace", title: "Schedule and speed" },
];

const panels: CurvePanel[] = [];
const view: CurveView = { halfLife: 0, log: false };

function mount(stage: Stage, place: Element): void {
    const cursor = new Cursor();
    for (const { kind, title } of groups) {
        const curves = stage.curves.filter((curve) => curve.kind === kind);
        if (curves.length === 0) continue;
        const row = element("div", { class: "panels" });
        for (const { name, note, x, y, bounded } of curves) {
            const validation = kind === "validation";
            const panel = new CurvePanel({
                title: name, note, kind, series: { x, y }, xName: "iteration", xDomain: [0, stage.iterations],
                points: validation, breaks: stage.sessions, adjustable: kind === "loss", bounded,
                ...(validation && stage.best !== null ? { marked: stage.best } : {}),
            }, cursor);
            panels.push(panel);
            row.append(panel.element);
        }
        place.append(element("h4", {}, title), row);
    }
    if (stage.pictures.length > 0) {
        const frames = stage.pictures.map(({ iteration, ...frame }) =>
            ({ ...frame, caption: `iteration ${count(iteration)}${iteration === stage.best ? ", best" : ""}` }));
        place.append(element("h4", {}, "Pictures of people held out"), pictureSlider(frames, "Iteration", stage.pictures_about),
            element("p", { class: "quiet" }, stage.pictures_about));
    }
    // The position is said once for all charts of a stage.
    const where = element("p", { class: "where quiet" });
    const say = (at: number | null) => { where.textContent = at === null ? "The last values. Point at a curve for others." : `At iteration ${count(at)}.`; };
    say(null);
    cursor.follow(say);
    place.prepend(where);
    if (stage.sessions.length > 0) where.after(element("p", { class: "quiet" }, "Dashed: where it went on after a stop."));
}

function controls(stages: Stage[]): HTMLElement {
    const apart = Math.max(1, ...stages.map((stage) => stage.points_apart));
    const redraw = oncePerFrame(() => { for (const panel of panels) panel.update(view); });
    const amount = element("output");
    // At first a half-life of about a hundredth of the longest stage.
    const longest = Math.max(...stages.map((stage) => stage.iterations)) / apart;
    const value = 1 + Math.max(0, Math.round(Math.log2(longest / 100)));
    const slider = element("input", { type: "range", id: "smoothing", min: 0, max: 10, step: 1, value });
    const smooth = () => {
        const step = slider.valueAsNumber;
        view.halfLife = step === 0 ? 0 : apart * 2 ** (step - 1);
        const text = step === 0 ? "none" : `half-life ${count(view.halfLife)} iterations`;
        amount.value = text;
        slider.setAttribute("aria-valuetext", text);
        redraw();
    };
    const logarithmic = element("input", { type: "checkbox", id: "log" });
    slider.addEventListener("input", smooth);
    logarithmic.addEventListener("change", () => { view.log = logarithmic.checked; redraw(); });
    smooth();
    return element("div", { class: "controls", role: "group", "aria-label": "How the curves are drawn" },
        element("label", { class: "control" }, element("span", {}, "Smoothing"), slider, amount),
        element("label", { class: "control" }, logarithmic, element("span", {}, "Logarithmic losses")));
}

const { stages } = pageData<{ stages: Stage[] }>();
for (const place of document.querySelectorAll<HTMLElement>("[data-stage]")) {
    const stage = stages[Number(place.dataset.stage)];
    if (stage) mount(stage, place);
}
document.querySelector("header")?.after(controls(stages));
