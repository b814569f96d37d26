// Every sample of the run, a row each: its pictures where they lie in the page, one chosen value under them. Sorted by a
// value, by what a method gains over another, or by how far the methods lie apart.
import { element } from "../dom.ts";
import { count, fixed } from "../format.ts";
import { arrowOf, nameOf, type Run } from "./data.ts";
import { layer } from "./lens.ts";
import { badge, type MethodChoice } from "./methods.ts";
import { Pictures, type View } from "./pictures.ts";
import { Viewer } from "./viewer.ts";
import { VirtualRows } from "./virtual_rows.ts";

const kHeading = 34, kCaption = 26, kGap = 14;

type Order = { name: string; key: (sample: number) => number | null; descending: boolean };

export function mountGallery(run: Run, choice: MethodChoice, place: HTMLElement): void {
    if (run.ids.length === 0) return;
    const pictures = new Pictures(run);
    const viewer = new Viewer(run, pictures, choice);
    let value = run.single.find(({ direction }) => direction !== "none") ?? run.single[0];
    let order = 0, shown: number[] = [];

    const number = (method: number, sample: number) => (value ? run.column(method, value)[sample] ?? null : null);
    const numbers = (sample: number) => choice.shown().map((method) => number(method, sample)).filter((each) => each !== null);
    const orders = (): Order[] => {
        const sign = value?.direction === "lower" ? -1 : 1;
        // What is better, or else what is more.
        const [high, low, gain, loss] = value?.direction === "none" ? ["highest", "lowest", "furthest above", "furthest below"] : ["best", "worst", "largest gain over", "largest loss against"];
        const methods = choice.shown(), first = methods[0], rest = methods.slice(1);
        const of = (method: number) => `${method + 1} ${run.methods[method]!.label}`;
        return [
            { name: "name", key: (sample) => sample, descending: false },
            { name: "methods furthest apart", descending: true, key: (sample) => { const all = numbers(sample); return all.length > 1 ? Math.max(...all) - Math.min(...all) : null; } },
            ...methods.flatMap((method): Order[] => [
                { name: `${high} by ${of(method)}`, descending: true, key: (sample) => { const found = number(method, sample); return found === null ? null : sign * found; } },
                { name: `${low} by ${of(method)}`, descending: false, key: (sample) => { const found = number(method, sample); return found === null ? null : sign * found; } },
            ]),
            ...(first === undefined ? [] : rest.flatMap((method): Order[] => {
                const difference = (sample: number) => { const a = number(method, sample), b = number(first, sample); return a === null || b === null ? null : sign * (a - b); };
                return [{ name: `${of(method)}: ${gain} ${of(first)}`, descending: true, key: difference }, { name: `${of(method)}: ${loss} ${of(first)}`, descending: false, key: difference }];
            })),
        ];
    };

    const valueMenu = element("select", { id: "gallery-value" }, ...run.single.map((each, i) => element("option", { value: i, selected: each === value }, nameOf(each) + arrowOf(each))));
    const orderMenu = element("select", { id: "gallery-order" });
    const search = element("input", { type: "search", id: "gallery-search", placeholder: "name, group or label", "aria-label": "find pictures by name, group or label" });
    const failures = element("input", { type: "checkbox", id: "gallery-failures" });
    const withPictures = element("input", { type: "checkbox", id: "gallery-pictures" });
    const told = element("p", { class: "quiet", role: "status", id: "gallery-count" });

    const side = () => (innerWidth < 640 ? 104 : 144);
    const rows = new VirtualRows(
        (row) => rowOf(shown[row]!, row),
        (row) => kHeading + kCaption + kGap + (pictures.has(shown[row]!) ? side() : 0));

    function rowOf(sample: number, row: number): HTMLElement {
        const id = run.ids[sample]!;
        const name = element("button", { type: "button", class: "name", title: "large, with every value" }, element("bdi", {}, id));
        const open = () => viewer.open(shown, row);
        name.addEventListener("click", open);
        const about = [run.group(sample) && `group ${run.group(sample)}`, run.label(sample) && `label ${run.label(sample)}`].filter(Boolean).join(" · ");
        const strip = element("div", { class: "strip" }, ...pictures.views(sample, choice.shown()).map((view) => cell(view, sample, id, open)));
        return element("div", { class: "sample" }, element("div", { class: "heading" }, name, element("small", {}, about)), strip);
    }

    function cell(view: View, sample: number, id: string, open: () => void): HTMLElement {
        const made = element("figure", { title: view.title });
        if (pictures.has(sample)) {
            const picture = layer(view, id);
            picture.addEventListener("click", open);
            made.append(picture);
        }
        const found = view.method === null ? undefined : number(view.method, sample);
        const said = view.method === null ? view.name
            : typeof found === "number" && value ? fixed(found, value.decimals)
            : run.failure(view.method, sample) ? "failed" : "n/a";
        const reason = view.method !== null && found === null && value ? run.why(view.method, value, sample) : "";
        const caption = element("figcaption", reason ? { title: reason } : {}, ...(view.method === null ? [] : [badge(view.method)]), said);
        if (said === "failed") caption.classList.add("failure");
        made.append(caption);
        return made;
    }

    function choose(): void {
        const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
        const found = [...run.ids.keys()].filter((sample) => {
            const text = `${run.ids[sample]} ${run.group(sample)} ${run.label(sample)}`.toLowerCase();
            return words.every((word) => text.includes(word)) && (!withPictures.checked || pictures.has(sample))
                && (!failures.checked || choice.shown().some((method) => run.failure(method, sample)));
        });
        const { key, descending } = orders()[order] ?? orders()[0]!;
        const keys = new Map(found.map((sample) => [sample, key(sample)]));
        shown = found.sort((a, b) => {
            const x = keys.get(a)!, y = keys.get(b)!;
            if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
            return x === y ? a - b : descending ? y - x : x - y;
        });
        told.textContent = `${count(shown.length)} of ${count(run.ids.length)} ${run.ids.length === 1 ? "sample" : "samples"}. ${run.pictures.about}`;
        rows.reset(shown.length);
    }

    function fillOrders(): void {
        const all = orders();
        if (order >= all.length) order = 0;
        orderMenu.replaceChildren(...all.map(({ name }, i) => element("option", { value: i, selected: i === order }, name)));
    }

    valueMenu.addEventListener("change", () => { value = run.single[valueMenu.selectedIndex]; fillOrders(); choose(); });
    orderMenu.addEventListener("change", () => { order = orderMenu.selectedIndex; choose(); });
    for (const control of [search, failures, withPictures]) control.addEventListener("input", choose);
    choice.follow(() => { fillOrders(); choose(); });
    let before = side();
    addEventListener("resize", () => { if (side() !== before) { before = side(); choose(); } });
    // On paper: what has pictures, as far as that's a few pages.
    addEventListener("beforeprint", () => rows.print([...shown.keys()].filter((row) => pictures.has(shown[row]!)).slice(0, 48)));
    addEventListener("afterprint", () => rows.print(null));

    const labelled = (text: string, control: HTMLElement) => element("label", { class: "control" }, element("span", {}, text), control);
    const menus = run.single.length === 0 ? [] : [labelled("Value", valueMenu), labelled("Order", orderMenu)];
    place.append(element("section", {}, element("h2", {}, "Pictures"),
        element("div", { class: "menus" }, ...menus, search, element("label", { class: "control" }, failures, "failures only"), element("label", { class: "control" }, withPictures, "with pictures only")),
        told, rows.element));
    fillOrders();
    choose();
}
