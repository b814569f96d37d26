// Curves with a line for each method or group of arms.
import { axisX, axisY, dot, gridY, line, ruleX, ruleY, text } from "@observablehq/plot";
import { domainOf } from "../charts/domain.ts";
import { drawn } from "../charts/frame.ts";
import { PointPanel, type PointOptions, type Stop } from "../charts/point_panel.ts";
import { logTicks } from "../charts/ticks.ts";
import { number } from "../format.ts";

export interface LinePoint {
    x: number;
    y: number;
    low?: number | undefined;
    high?: number | undefined;
    lowX?: number | undefined;
    highX?: number | undefined;
    name?: string; // beside its dot
    text: string;  // what is read of it
}

export interface Line {
    colour: string;
    points: LinePoint[];
}

export interface LineOptions extends Omit<PointOptions, "draw"> {
    lines: () => Line[];      // those that are shown
    log?: boolean;            // x
    xTicks?: { at: number[]; text: (x: number) => string };
    xName?: string;
    yDomain?: [number, number];
    marked?: boolean;         // a dot at each point
    connected?: boolean;      // false: points only
    under?: () => string;     // said below the chart
}

export function lineChart({ lines, log, xTicks, xName, yDomain, marked, connected = true, under, ...panel }: LineOptions): PointPanel {
    return new PointPanel({ ...panel, draw: (width) => {
        const shown = lines().filter(({ points }) => points.length > 0);
        if (shown.length === 0) return null;
        const rows = shown.flatMap(({ colour, points }, of) => points.map((point) => ({ ...point, colour, of })));
        const look = { tickSize: 0, fill: "var(--quiet)" }, colour = (row: { colour: string }) => row.colour;
        const at = xTicks?.at ?? (log ? logTicks(rows.map(({ x }) => x)) : undefined);
        const xLook = { ...look, tickSize: 4, stroke: "var(--quiet)", tickFormat: xTicks?.text ?? number, label: xName ?? null, labelAnchor: "center" as const, labelArrow: "none" as const };
        const drawing = drawn({
            width, height: xName ? 206 : 190, marginLeft: 52, marginRight: 14, marginTop: 8, marginBottom: xName ? 40 : 26,
            x: { type: log ? "log" : "linear", label: null, inset: marked ? 8 : 0, ...(log ? {} : { domain: domainOf(rows.flatMap(({ x, lowX, highX }) => [x, lowX ?? x, highX ?? x])).domain }) },
            y: { label: null, ...(yDomain ? { domain: yDomain } : domainOf(rows.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]))) }, color: { type: "identity" },
            marks: [
                gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
                axisY({ ...look, ticks: 4, tickFormat: number }),
                at ? axisX(at, { ...xLook, text: xLook.tickFormat }) : axisX({ ...xLook, ticks: Math.max(2, Math.floor(width / 80)) }),
                ruleX(rows.filter(({ low, high }) => low !== undefined && high !== undefined), { x: "x", y1: "low", y2: "high", stroke: colour, strokeWidth: 1.5, strokeOpacity: 0.6 }),
                ruleY(rows.filter(({ lowX, highX }) => lowX !== undefined && highX !== undefined), { y: "y", x1: "lowX", x2: "highX", stroke: colour, strokeWidth: 1.5, strokeOpacity: 0.6 }),
                connected ? line(rows, { x: "x", y: "y", z: "of", stroke: colour, strokeWidth: 1.75 }) : null,
                marked ? dot(rows, { x: "x", y: "y", fill: colour, r: 3.5 }) : null,
                text(rows.filter(({ name }) => name), { x: "x", y: "y", text: "name", dx: 7, dy: -7, fill: colour, fontWeight: 600 }),
            ],
        });
        const stops: Stop[] = rows.map(({ x, y, text }) => ({ x: drawing.x.apply(x), y: drawing.y.apply(y), text }));
        return { ...drawing, stops, under: under?.() ?? "" };
    } });
}
