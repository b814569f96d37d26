// A sample large: two of its pictures under a slider, or all of them side by side, or what lies between two; and every
// value of it.
import { element } from "../dom.ts";
import { fixed } from "../format.ts";
import { arrowOf, betterOf, nameOf, type Run } from "./data.ts";
import { Lens, layer, points } from "./lens.ts";
import { badge, type MethodChoice } from "./methods.ts";
import type { Pictures, View } from "./pictures.ts";

type Mode = "slider" | "side" | "difference";

const kModes: Record<Mode, string> = { slider: "Slider", side: "Side by side", difference: "Difference" };
const kGains = [1, 2, 4, 8, 16];
const kRestoredPoints = "#ffb000", kReferencePoints = "#3ddc84";

export class Viewer {
    private readonly dialog = element("dialog", { class: "viewer", "aria-labelledby": "viewer-title" });
    private readonly stage = element("div", { class: "stage" });
    private readonly values = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Values of this picture" });
    private readonly title = element("h3", { id: "viewer-title" });
    private readonly about = element("p", { class: "quiet" });
    private readonly left = element("select", { "aria-label": "left or upper picture" });
    private readonly right = element("select", { "aria-label": "right or lower picture" });
    private readonly pair = element("span", { class: "control pair" });
    private readonly gain = element("select", { "aria-label": "how much the difference is amplified" }, ...kGains.map((gain) => element("option", { value: gain, selected: gain === 4 }, `× ${gain}`)));
    private readonly marks = element("input", { type: "checkbox", id: "points" });
    private readonly scale = element("output", { "aria-label": "zoom" });
    private readonly position = element("output");
    private readonly lens = new Lens();
    private mode: Mode = "slider";
    private order: number[] = [];
    private at = 0;
    private cut = 50; // the slider's place, percent
    private wanted: [string, string] | null = null; // titles of the compared pictures

    constructor(private readonly run: Run, private readonly pictures: Pictures, private readonly choice: MethodChoice) {
        const button = (text: string, name: string, act: () => void) => {
            const made = element("button", { type: "button", title: name, "aria-label": name }, text);
            made.addEventListener("click", act);
            return made;
        };
        const modes = (Object.entries(kModes) as [Mode, string][]).map(([mode, text]) => {
            const radio = element("input", { type: "radio", name: "mode", value: mode, checked: mode === this.mode });
            radio.addEventListener("change", () => { this.mode = mode; this.drawStage(); });
            return element("label", { class: "control" }, radio, text);
        });
        for (const select of [this.left, this.right]) select.addEventListener("change", () => {
            this.wanted = [this.left.selectedOptions[0]!.text, this.right.selectedOptions[0]!.text];
            this.drawStage();
        });
        this.gain.addEventListener("change", () => this.drawStage());
        this.marks.addEventListener("change", () => this.drawStage());
        this.lens.follow(() => { this.scale.value = `${this.lens.scale.toFixed(1)}×`; });
        this.pair.append(this.left, element("span", {}, "|"), this.right);
        this.dialog.append(
            element("header", {}, this.title, element("span", { class: "control" },
                button("‹", "previous picture (P)", () => this.step(-1)), this.position, button("›", "next picture (N)", () => this.step(1)), button("×", "close (Escape)", () => this.dialog.close()))),
            this.about,
            element("div", { class: "tools" },
                element("div", { class: "control chosen", role: "radiogroup", "aria-label": "How pictures are compared" }, ...modes), this.pair, this.gain,
                element("span", { class: "control" }, button("−", "zoom out (-)", () => this.lens.zoom(0.5)), this.scale, button("+", "zoom in (+)", () => this.lens.zoom(2)), button("1:1", "whole picture (0)", () => this.lens.reset())),
                ...(pictures.hasPoints ? [element("label", { class: "control" }, this.marks, "points")] : [])),
            this.stage, this.values);
        this.dialog.addEventListener("keydown", (event) => this.key(event));
        document.body.append(this.dialog);
        this.lens.reset();
    }

    // `order`: the samples that previous and next go through.
    open(order: number[], at: number): void {
        this.order = order;
        this.at = at;
        this.lens.reset();
        this.draw();
        this.dialog.showModal();
    }

    private step(by: number): void {
        this.at = (this.at + by + this.order.length) % this.order.length;
        this.draw();
    }

    private key(event: KeyboardEvent): void {
        const typing = event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement;
        const pan = 0.1 / this.lens.scale;
        const acts: Record<string, () => void> = {
            n: () => this.step(1), p: () => this.step(-1), "+": () => this.lens.zoom(2), "=": () => this.lens.zoom(2), "-": () => this.lens.zoom(0.5), "0": () => this.lens.reset(),
            ...(typing ? {} : {
                ArrowLeft: () => this.lens.move(-pan, 0), ArrowRight: () => this.lens.move(pan, 0), ArrowUp: () => this.lens.move(0, -pan), ArrowDown: () => this.lens.move(0, pan),
            }),
        };
        const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
        if (!act || (event.target instanceof HTMLSelectElement && event.key.length === 1)) return;
        event.preventDefault();
        act();
    }

    private get sample(): number { return this.order[this.at]!; }

    private draw(): void {
        const { run, sample } = this;
        this.title.textContent = run.ids[sample]!;
        this.position.value = `${this.at + 1} of ${this.order.length}`;
        this.about.textContent = [run.group(sample) && `group ${run.group(sample)}`, run.label(sample) && `label ${run.label(sample)}`,
            this.pictures.has(sample) ? "" : "Its pictures are not in this page; its values are."].filter(Boolean).join(" · ");
        this.fillMenus();
        this.drawStage();
        this.drawValues();
    }

    private views(): View[] { return this.pictures.views(this.sample, this.choice.shown(), true); }

    // The same two pictures as in the sample before; at first the input and the last method.
    private fillMenus(): void {
        const views = this.views();
        for (const select of [this.left, this.right]) select.replaceChildren(...views.map(({ title }, i) => element("option", { value: i }, title)));
        const restored = views.filter(({ method }) => method !== null);
        const [left, right] = this.wanted ?? [views[0]?.title, restored.at(-1)?.title];
        const place = (title: string | undefined, fallback: number) => {
            const found = views.findIndex((view) => view.title === title);
            return found >= 0 ? found : fallback;
        };
        this.left.selectedIndex = place(left, 0);
        this.right.selectedIndex = place(right, views.length - 1);
    }

    private layers(view: View): HTMLElement[] {
        const made: HTMLElement[] = [layer(view, this.run.ids[this.sample]!)];
        const mark = this.marks.checked ? points(view, view.title === "reference" ? kReferencePoints : kRestoredPoints) : null;
        return mark ? [...made, mark as unknown as HTMLElement] : made;
    }

    private drawStage(): void {
        const views = this.views(), has = this.pictures.has(this.sample);
        this.lens.clear();
        this.pair.hidden = this.mode === "side" || !has;
        this.gain.hidden = this.mode !== "difference" || !has;
        this.stage.className = `stage ${this.mode}`;
        this.stage.hidden = !has;
        const a = views[this.left.selectedIndex], b = views[this.right.selectedIndex];
        if (!has || !a || !b) return this.stage.replaceChildren();
        if (this.mode === "side") this.stage.replaceChildren(...views.map((view) => this.captioned(view)));
        else if (this.mode === "slider") this.stage.replaceChildren(this.slider(a, b));
        else this.stage.replaceChildren(this.difference(a, b));
    }

    private captioned(view: View): HTMLElement {
        const name = view.picture.file ? element("a", { href: view.picture.file, title: "full size" }, view.title) : element("bdi", {}, view.title);
        const caption = element("figcaption", {}, ...(view.method === null ? [] : [badge(view.method)]), name);
        if (view.face?.class) caption.append(element("small", {}, ` ${view.face.class}`));
        return element("figure", {}, this.lens.pane(...this.layers(view)), caption);
    }

    private slider(a: View, b: View): HTMLElement {
        const above = element("div", { class: "above" }, ...[this.lens.pane(...this.layers(a))]);
        const range = element("input", { type: "range", class: "cut", min: 0, max: 100, step: 1, value: this.cut, "aria-label": `how much of ${a.title} is seen` });
        const box = element("div", { class: "compared" }, this.lens.pane(...this.layers(b)), above, element("div", { class: "edge" }));
        const show = () => {
            this.cut = range.valueAsNumber;
            box.style.setProperty("--cut", `${this.cut}%`);
            range.setAttribute("aria-valuetext", `${this.cut} % ${a.title}`);
        };
        range.addEventListener("input", show);
        show();
        const caption = element("figcaption", {}, element("bdi", {}, a.title), element("bdi", {}, b.title));
        return element("figure", {}, box, range, caption);
    }

    private difference(a: View, b: View): HTMLElement {
        const upper = layer(b, this.run.ids[this.sample]!);
        upper.classList.add("subtracted");
        const both = this.lens.pane(layer(a, this.run.ids[this.sample]!), upper);
        const box = element("div", { class: "compared amplified" }, both);
        box.style.setProperty("--gain", this.gain.value);
        return element("figure", {}, box, element("figcaption", {}, `|${a.title} − ${b.title}| × ${this.gain.value}, of the pictures in this page (JPEG): black where they are equal`));
    }

    private drawValues(): void {
        const { run, sample } = this, methods = this.choice.shown();
        const head = element("tr", {}, element("th", { scope: "col" }, "value"),
            ...methods.map((method) => element("th", { scope: "col", class: "number", title: run.methods[method]!.label }, badge(method), " ", element("bdi", {}, run.methods[method]!.label))));
        const rows = run.single.map((value) => element("tr", {}, element("th", { scope: "row", title: [value.summary, betterOf(value)].filter(Boolean).join("; ") }, nameOf(value) + arrowOf(value)),
            ...methods.map((method) => {
                const found = run.column(method, value)[sample];
                return typeof found === "number" ? element("td", { class: "number" }, fixed(found, value.decimals))
                    : element("td", { class: "number" }, element("abbr", { title: run.why(method, value, sample) }, "n/a"));
            })));
        const failures = methods.filter((method) => run.failure(method, sample)).map((method) => element("p", { class: "failure" }, badge(method), ` failed: ${run.failure(method, sample)}`));
        this.values.replaceChildren(...failures, element("table", { class: "results" }, element("thead", {}, head), element("tbody", {}, ...rows)));
    }
}
