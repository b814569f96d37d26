// What the program put into the page of a run (reports/run_page/data.h), and how it is asked for.
import type { PicturesData } from "./pictures.ts";

export interface Method {
    label: string;
    summary: string;
    n: number;
    failed: number;
    seconds: number | null;
    parameters: number | null;
    gflop: number | null;
}

export interface Value {
    name: string;      // "landmarks.nme_px"
    title: string;     // the same within its group: "nme_px"
    group: string;     // the table in which it stands
    measure: string;   // "dB"
    direction: "higher" | "lower" | "none"; // what is better
    decimals: number;
    summary: string;
    of_set: boolean;   // of the whole set: no picture has it
}

export interface Aggregate {
    mean: number;      // or the set's value
    n: number;
    low?: number;      // of its interval
    high?: number;
}

export interface Curves {
    title: string;
    x: string;
    y: string;
    log: boolean;
    about: string;     // what a reader must know of all lines
    lines: { method: number; x: number[]; y: number[]; over: string }[]; // over: "1709 faces"; empty where nobody says
}

export interface Ablation {
    title: string;
    options: { option: string; values: string[] }[];
    arms: { method: number; options: string[] }[];
}

interface RunJson {
    methods: Method[];
    values: Value[];
    rows: (Aggregate | null)[][];
    samples: { id: string[]; group: string[] | null; label: string[] | null; failed: Record<string, string>[] };
    columns: (number | null)[][][];
    why: number[][][];
    reasons: string[];
    ablations: Ablation[];
    curves: Curves[];
    pictures: PicturesData;
}

export class Run {
    readonly methods: Method[];
    readonly values: Value[];
    readonly single: Value[];  // the values that each picture has
    readonly curves: Curves[];
    readonly ablations: Ablation[];
    readonly pictures: PicturesData;
    readonly ids: string[];
    private readonly reasonsAt = new Map<number, Map<number, string>>(); // by column, then by sample

    constructor(private readonly json: RunJson) {
        ({ methods: this.methods, values: this.values, curves: this.curves, ablations: this.ablations, pictures: this.pictures } = json);
        this.single = json.values.filter((value) => !value.of_set);
        this.ids = json.samples.id;
    }

    aggregate(method: number, value: Value): Aggregate | null {
        return this.json.rows[method]?.[this.values.indexOf(value)] ?? null;
    }

    // One number or null a sample.
    column(method: number, value: Value): (number | null)[] {
        return this.json.columns[method]?.[this.single.indexOf(value)] ?? [];
    }

    // Why a sample has no number.
    why(method: number, value: Value, sample: number): string {
        const at = this.single.indexOf(value), key = method * this.single.length + at;
        let reasons = this.reasonsAt.get(key);
        if (!reasons) {
            reasons = new Map();
            const places = this.json.why[method]?.[at] ?? [];
            let next = 0;
            for (const [i, number] of this.column(method, value).entries())
                if (number === null) reasons.set(i, this.json.reasons[places[next++] ?? -1] ?? "");
            this.reasonsAt.set(key, reasons);
        }
        return reasons.get(sample) ?? "";
    }

    // Why the method has no picture of the sample; empty where it has.
    failure(method: number, sample: number): string { return this.json.samples.failed[method]?.[String(sample)] ?? ""; }

    group(sample: number): string { return this.json.samples.group?.[sample] ?? ""; }
    label(sample: number): string { return this.json.samples.label?.[sample] ?? ""; }
}

// "psnr (dB)", "landmarks.jaw"
export const nameOf = ({ name, measure }: Value): string => `${name}${measure ? ` (${measure})` : ""}`;

export const arrowOf = ({ direction }: Value): string => (direction === "higher" ? " ↑" : direction === "lower" ? " ↓" : "");
export const betterOf = ({ direction }: Value): string => (direction === "none" ? "" : `${direction} is better`);
