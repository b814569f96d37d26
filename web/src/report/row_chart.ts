// One value of every method, a line each: its mean with the interval, or how it is distributed over the pictures.
import { axisX, axisY, dot, gridX, ruleY } from "@observablehq/plot";
import { drawn } from "../charts/frame.ts";
import { PointPanel, type Scene, type Stop } from "../charts/point_panel.ts";
import { quantile } from "../charts/quantiles.ts";
import { count, fixed, number, ordinal } from "../format.ts";
import { betterOf, type Run, type Value } from "./data.ts";
import { domainOf } from "../charts/domain.ts";
import { colourOf, keyOf, type MethodChoice } from "./methods.ts";

export type RowView = "means" | "pictures";

const kLine = 20, kBelow = 24, kMostDots = 600;

export function rowChart(run: Run, value: Value, choice: MethodChoice, view: () => RowView): PointPanel {
    return new PointPanel({
        title: value.title,
        note: [value.measure, betterOf(value)].filter(Boolean).join("; "),
        about: `${value.name}${value.measure ? ` (${value.measure})` : ""}`,
        summary: value.summary,
        key: () => keyOf(choice.methods, choice.shown().filter((method) => run.aggregate(method, value))),
        draw: (width) => (view() === "means" || value.of_set ? means : spread)(run, value, choice.shown(), width),
    });
}

const look = { tickSize: 0, fill: "var(--quiet)" };

function frame(width: number, lines: number) {
    return {
        width, height: lines * kLine + kBelow + 6, marginLeft: 26, marginRight: 12, marginTop: 6, marginBottom: kBelow,
        y: { domain: [-0.5, lines - 0.5], reverse: true, label: null }, color: { type: "identity" as const },
    };
}

function axes(methods: number[], width: number) {
    const ticks = Math.max(2, Math.floor(width / 75));
    return [
        gridX({ stroke: "var(--rule)", strokeOpacity: 1, ticks }),
        axisX({ ...look, ticks, tickFormat: number }),
        axisY([...methods.keys()], { ...look, tickFormat: (i: number) => String(methods[i]! + 1) }),
    ];
}

function means(run: Run, value: Value, methods: number[], width: number): Scene | null {
    const points = methods.flatMap((method, y) => {
        const found = run.aggregate(method, value);
        return found ? [{ method, y, x: found.mean, low: found.low ?? found.mean, high: found.high ?? found.mean, n: found.n, interval: found.low !== undefined }] : [];
    });
    if (points.length === 0) return null;
    const drawing = drawn({
        ...frame(width, methods.length), x: { ...domainOf(points.flatMap(({ low, high }) => [low, high])), label: null },
        marks: [
            ...axes(methods, width),
            ruleY(points, { x1: "low", x2: "high", y: "y", stroke: (p) => colourOf(p.method), strokeWidth: 2.5, strokeOpacity: 0.55 }),
            dot(points, { x: "x", y: "y", fill: (p) => colourOf(p.method), r: 4 }),
        ],
    });
    const said = (x: number) => fixed(x, value.decimals);
    const stops: Stop[] = points.map((p) => ({
        x: drawing.x.apply(p.x), y: drawing.y.apply(p.y),
        text: `${p.method + 1} · ${said(p.x)}${p.interval ? ` (${said(p.low)} to ${said(p.high)})` : ""}, n ${p.n} · ${run.methods[p.method]!.label}`,
    }));
    return { ...drawing, stops };
}

function spread(run: Run, value: Value, methods: number[], width: number): Scene | null {
    const boxes = methods.flatMap((method, y) => {
        const numbers = run.column(method, value).filter((each) => each !== null).sort((a, b) => a - b);
        if (numbers.length === 0) return [];
        const at = (share: number) => quantile(numbers, share);
        return [{ method, y, numbers, low: at(0.05), q1: at(0.25), median: at(0.5), q3: at(0.75), high: at(0.95) }];
    });
    if (boxes.length === 0) return null;
    // Every picture a dot, as far as there's room for them; their height within the line means nothing.
    const thinned = new Map<string, number[]>();
    const dots = boxes.flatMap(({ method, y, numbers }) => {
        const each = Math.ceil(numbers.length / kMostDots);
        if (each > 1) {
            const said = `of ${count(numbers.length)} pictures every ${ordinal(each)} is a dot`;
            thinned.set(said, [...thinned.get(said) ?? [], method + 1]);
        }
        return numbers.filter((_, i) => i % each === 0 || i === numbers.length - 1).map((x, i) => ({ x, method, y: y + 0.56 * ((i * 0.618034) % 1) - 0.28 }));
    });
    const drawing = drawn({
        ...frame(width, methods.length), x: { ...domainOf(dots.map(({ x }) => x)), label: null },
        marks: [
            ...axes(methods, width),
            dot(dots, { x: "x", y: "y", fill: (p) => colourOf(p.method), fillOpacity: 0.3, r: 1.5 }),
            ruleY(boxes, { x1: "low", x2: "high", y: "y", stroke: (p) => colourOf(p.method), strokeWidth: 1.25 }),
            ruleY(boxes, { x1: "q1", x2: "q3", y: "y", stroke: (p) => colourOf(p.method), strokeWidth: 5, strokeOpacity: 0.75 }),
            dot(boxes, { x: "median", y: "y", fill: "var(--paper)", stroke: (p) => colourOf(p.method), strokeWidth: 1.5, r: 3 }),
        ],
    });
    const said = (x: number) => fixed(x, value.decimals);
    const stops: Stop[] = boxes.map((b) => ({
        x: drawing.x.apply(b.median), y: drawing.y.apply(b.y),
        text: `${b.method + 1} · median ${said(b.median)}, half of ${b.numbers.length} in ${said(b.q1)} to ${said(b.q3)}, nine tenths in ${said(b.low)} to ${said(b.high)} · ${run.methods[b.method]!.label}`,
    }));
    const told = [...thinned].map(([said, of]) => (thinned.size > 1 ? `${of.join(", ")}: ${said}` : said));
    return { ...drawing, stops, under: told.length > 0 ? `In the order of the value ${told.join("; ")}, and the highest.` : "" };
}
