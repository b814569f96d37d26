// The charts of a run: every value over the methods, ablations, quality against cost, regions, curves of the tasks.
import type { PointPanel } from "../charts/point_panel.ts";
import { element } from "../dom.ts";
import { fixed, number } from "../format.ts";
import { arrowOf, nameOf, type Ablation, type Aggregate, type Run, type Value } from "./data.ts";
import { lineChart, type Line, type LinePoint } from "./line_chart.ts";
import { colourOf, keyOf, type MethodChoice } from "./methods.ts";
import { rowChart, type RowView } from "./row_chart.ts";

const kRegions = ["jaw", "brows", "nose", "eyes", "mouth"]; // values of the task landmarks

type Add = (...panels: PointPanel[]) => HTMLElement;

function choose<Name extends string>(legend: string, names: Record<Name, string>, first: Name, changed: (name: Name) => void): HTMLElement {
    const boxes = (Object.entries(names) as [Name, string][]).map(([name, text]) => {
        const radio = element("input", { type: "radio", name: legend, value: name, checked: name === first });
        radio.addEventListener("change", () => changed(name));
        return element("label", { class: "control" }, radio, text);
    });
    return element("div", { class: "control chosen", role: "radiogroup", "aria-label": legend }, ...boxes);
}

function menu(name: string, entries: string[], first: number, changed: (i: number) => void): HTMLElement {
    const select = element("select", {}, ...entries.map((text, i) => element("option", { value: i, selected: i === first }, text)));
    select.addEventListener("change", () => changed(select.selectedIndex));
    return element("label", { class: "control" }, element("span", {}, name), select);
}

function intervalOf({ mean, low, high, n }: Aggregate, decimals: number): string {
    const around = low === undefined || high === undefined ? "" : ` (${fixed(low, decimals)} to ${fixed(high, decimals)})`;
    return `${fixed(mean, decimals)}${around}, n ${n}`;
}

function values(run: Run, choice: MethodChoice, add: Add): HTMLElement[] {
    let view: RowView = "means";
    const panels: PointPanel[] = [];
    const groups = new Map<string, Value[]>();
    for (const value of run.values) {
        if (run.methods.some((_, method) => run.aggregate(method, value))) groups.set(value.group, [...groups.get(value.group) ?? [], value]);
    }
    if (groups.size === 0) return [];
    const about = element("p", { class: "quiet" });
    const say = () => {
        about.textContent = view === "means"
            ? "A dot is a mean over the pictures or a value of the whole set, the bar its interval (95 %). A line is a method, by its number."
            : "A dot is a picture (of more than 600 not every one has its dot: the chart says which); the ring is the median, the thick bar holds half of them, the thin one nine tenths. Values of the whole set stay as they are.";
    };
    say();
    const made = [choose<RowView>("What the charts show", { means: "means and intervals", pictures: "all pictures" }, "means", (name) => {
        view = name;
        say();
        for (const panel of panels) panel.redraw();
    }), about];
    for (const [group, members] of groups) {
        const row = members.map((value) => rowChart(run, value, choice, () => view));
        panels.push(...row);
        if (groups.size > 1) made.push(element("h4", {}, group));
        made.push(add(...row));
    }
    return made;
}

function tradeOff(run: Run, choice: MethodChoice, add: Add): HTMLElement[] {
    interface Axis { name: string; log: boolean; of: (method: number) => Aggregate | null; decimals: number }
    const cost = (name: string, key: "seconds" | "parameters" | "gflop"): Axis => ({
        name, log: true, decimals: key === "seconds" ? 3 : 0,
        of: (method) => {
            const mean = run.methods[method]![key];
            return mean === null || mean <= 0 ? null : { mean, n: run.methods[method]!.n };
        },
    });
    const quality = run.values.map((value): Axis => ({
        name: nameOf(value) + arrowOf(value), log: false, decimals: value.decimals, of: (method) => run.aggregate(method, value),
    }));
    const axes = [cost("seconds a face ↓", "seconds"), cost("GFLOP", "gflop"), cost("parameters", "parameters"), ...quality]
        .filter(({ of }) => run.methods.filter((_, method) => of(method)).length > 1);
    if (axes.length < 2) return [];
    let across = 0, up = Math.max(1, axes.findIndex(({ log }) => !log));
    if (across === up) across = up === 0 ? 1 : 0;
    const place = element("div", { class: "wide" });
    const draw = () => {
        const x = axes[across]!, y = axes[up]!;
        const points = (): LinePoint[] => choice.shown().flatMap((method) => {
            const at = x.of(method), value = y.of(method);
            if (!at || !value) return [];
            return [{
                x: at.mean, lowX: at.low, highX: at.high, y: value.mean, low: value.low, high: value.high, name: String(method + 1),
                text: `${method + 1} · ${x.name}: ${x.log ? number(at.mean) : intervalOf(at, x.decimals)} · ${y.name}: ${intervalOf(value, y.decimals)} · ${run.methods[method]!.label}`,
            }];
        });
        const lines = (): Line[] => points().map((point) => ({ colour: colourOf(Number(point.name) - 1), points: [point] }));
        place.replaceChildren(add(lineChart({ title: y.name, note: `against ${x.name}`, about: `${y.name} against ${x.name}`, lines, key: () => keyOf(run.methods, points().map(({ name }) => Number(name) - 1)), log: x.log, xName: x.name, marked: true, connected: false })));
    };
    draw();
    const names = axes.map(({ name }) => name);
    return [element("h4", {}, "One value against another"),
        element("div", { class: "menus" }, menu("Up", names, up, (i) => { up = i; draw(); }), menu("Across", names, across, (i) => { across = i; draw(); })),
        place];
}

function regions(run: Run, choice: MethodChoice): PointPanel[] {
    const found = new Map<string, Value[]>();
    for (const value of run.single.filter(({ title }) => kRegions.includes(title))) found.set(value.group, [...found.get(value.group) ?? [], value]);
    return [...found].filter(([, members]) => members.length > 1).map(([group, members]) => lineChart({
        title: `${group.replace(/^Task: /, "")}: error by region`, note: "over the distance of the eyes' outer corners; lower is better",
        key: () => keyOf(run.methods, choice.shown().filter((method) => members.some((value) => run.aggregate(method, value)))),
        marked: true, connected: false, xTicks: { at: [...members.keys()], text: (i) => members[i]?.title ?? "" },
        lines: () => choice.shown().map((method, place, { length }) => ({
            colour: colourOf(method),
            points: members.flatMap((value, i) => {
                const each = run.aggregate(method, value);
                const x = i + (length > 1 ? 0.6 * (place / (length - 1) - 0.5) : 0);
                return each ? [{ x, y: each.mean, low: each.low, high: each.high, text: `${method + 1} · ${value.title} ${intervalOf(each, value.decimals)} · ${run.methods[method]!.label}` }] : [];
            }),
        })),
    }));
}

function curves(run: Run, choice: MethodChoice): PointPanel[] {
    return run.curves.map(({ title, x, y, log, about, lines }) => {
        const shown = () => lines.filter(({ method }) => choice.shows(method));
        const over = (of: string) => of || "over how many the report doesn't say";
        // "1, 2: 1709 faces; 3: 1700 faces"
        const under = () => {
            const same = new Map<string, number[]>();
            for (const each of shown()) same.set(over(each.over), [...same.get(over(each.over)) ?? [], each.method + 1]);
            return [[...same].map(([of, methods]) => (same.size > 1 ? `${methods.join(", ")}: ${of}` : of)).join("; "), about].filter(Boolean).join("; ");
        };
        return lineChart({
            title, about: `${title}: ${y} by ${x}`, xName: x, log, yDomain: [0, 1], under,
            key: () => keyOf(run.methods, shown().map(({ method }) => method)),
            lines: () => shown().map((each) => ({
                colour: colourOf(each.method),
                points: each.x.map((at, i) => ({ x: at, y: each.y[i]!, text: `${each.method + 1} · ${x} ${number(at)}: ${number(each.y[i]!)}, ${over(each.over)} · ${run.methods[each.method]!.label}` })),
            })),
        });
    });
}

// Over the option whose values are numbers (the first one that has several), a line for each choice of the others.
function ablation(run: Run, { title, options, arms }: Ablation, choice: MethodChoice, add: Add): HTMLElement[] {
    const numeric = options.findIndex(({ values }) => values.length > 1 && values.every((value) => value.trim() !== "" && Number.isFinite(Number(value))));
    const over = Math.max(0, numeric);
    const named = options[over]!;
    const isNumber = numeric >= 0;
    const log = isNumber && named.values.every((value) => Number(value) > 0) && Math.max(...named.values.map(Number)) / Math.min(...named.values.map(Number)) >= 8;
    const place = (value: string) => (isNumber ? Number(value) : named.values.indexOf(value));
    const others = (of: string[]) => of.map((value, i) => `${options[i]!.option}=${value}`).filter((_, i) => i !== over).join(", ");
    const kinds = [...new Set(arms.map((arm) => others(arm.options)))];
    const shown = run.values.filter((value) => arms.filter(({ method }) => run.aggregate(method, value)).length > 1);
    const panels = shown.map((value) => lineChart({
        title: nameOf(value) + arrowOf(value), about: `${title}: ${nameOf(value)} by ${named.option}`, summary: value.summary,
        key: () => (kinds.length < 2 ? [] : kinds.map((text, i) => ({ text, colour: colourOf(i) }))),
        marked: true, connected: isNumber, log, xName: named.option,
        xTicks: { at: named.values.map(place), text: (x) => named.values.find((each) => place(each) === x) ?? "" },
        lines: () => kinds.map((kind, i) => ({
            colour: colourOf(i),
            points: arms.filter((arm) => others(arm.options) === kind && choice.shows(arm.method)).flatMap((arm) => {
                const found = run.aggregate(arm.method, value), option = arm.options[over]!;
                const said = [`${named.option}=${option}`, kind].filter(Boolean).join(", ");
                return found ? [{ x: place(option), y: found.mean, low: found.low, high: found.high, text: `${said}: ${intervalOf(found, value.decimals)}` }] : [];
            }).sort((a, b) => a.x - b.x),
        })),
    }));
    if (panels.length === 0) return [];
    const key = kinds.length < 2 ? [] : [element("p", { class: "key" }, ...kinds.map((kind, i) => {
        const swatch = element("span", { class: "swatch" }, kind);
        swatch.style.setProperty("--colour", colourOf(i));
        return swatch;
    }))];
    return [element("h4", {}, `Ablation of ${title} over ${options.map(({ option }) => option).join(" and ")}`), ...key, add(...panels)];
}

export function mountCharts(run: Run, choice: MethodChoice, place: HTMLElement): void {
    const all: PointPanel[] = [];
    const add: Add = (...panels) => {
        all.push(...panels);
        return element("div", { class: "panels" }, ...panels.map((panel) => panel.element));
    };
    const ofTasks = [...regions(run, choice), ...curves(run, choice)];
    const parts = [...values(run, choice, add), ...(ofTasks.length > 0 ? [element("h4", {}, "Tasks in detail"), add(...ofTasks)] : []),
        ...run.ablations.flatMap((each) => ablation(run, each, choice, add)), ...tradeOff(run, choice, add)];
    if (parts.length === 0) return;
    place.append(element("section", {}, element("h2", {}, "Charts"), ...parts));
    choice.follow(() => { for (const panel of all) panel.redraw(); });
}
