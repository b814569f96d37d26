// The pictures that lie in the page or beside it (reports/run_page/gallery.h).
import type { Run } from "./data.ts";

export interface PictureData {
    src?: string;     // data:..., or a file beside the page; absent where there is no picture
    width?: number;   // in full size
    height?: number;
    file?: string;    // in full size, beside the page
    absent?: string;  // why there is none
    failed?: boolean;
}

export interface Face {
    points?: number[]; // x, y, x, y ... in pixels of the picture in full size
    class?: string;    // of its expression
}

interface Shown {
    sample: number;
    degraded: PictureData | null;
    restored: PictureData[];
    reference: PictureData | null;
    beside: { method: string; name: string; picture: PictureData }[];
    faces: { restored: (Face | null)[]; reference: Face | null };
}

export interface PicturesData {
    about: string;
    shown: Shown[];
}

// A place of a sample's row: the input, a method, the reference, or a file beside.
export interface View {
    name: string;           // "restored by X"
    title: string;          // "X"
    method: number | null;
    picture: PictureData;
    face: Face | null;
}

export class Pictures {
    private readonly bySample: Map<number, Shown>;
    readonly hasPoints: boolean;

    constructor(private readonly run: Run) {
        this.bySample = new Map(run.pictures.shown.map((each) => [each.sample, each]));
        this.hasPoints = run.pictures.shown.some(({ faces }) => [faces.reference, ...faces.restored].some((face) => face?.points));
    }

    has(sample: number): boolean { return this.bySample.has(sample); }
    samples(): number[] { return [...this.bySample.keys()]; }

    // What a sample's row shows: degraded, each of the methods, the reference.
    views(sample: number, methods: number[], withBeside = false): View[] {
        const shown = this.bySample.get(sample);
        const restored = methods.map((method): View => {
            const title = this.run.methods[method]!.label, failure = this.run.failure(method, sample);
            return {
                name: `restored by ${title}`, title, method, face: shown?.faces.restored[method] ?? null,
                picture: shown?.restored[method] ?? (failure ? { absent: `failed: ${failure}`, failed: true } : { absent: "" }),
            };
        });
        if (!shown) return restored;
        const own = (name: string, picture: PictureData | null, face: Face | null): View[] => (picture ? [{ name, title: name, method: null, picture, face }] : []);
        const beside = withBeside ? shown.beside.map(({ method, name, picture }): View => ({ name: `${name} of ${method}`, title: `${name} of ${method}`, method: null, picture, face: null })) : [];
        return [...own("degraded", shown.degraded, null), ...restored, ...own("reference", shown.reference, shown.faces.reference), ...beside];
    }
}
