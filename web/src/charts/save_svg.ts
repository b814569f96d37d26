// A chart as a file of its own, for a paper or a talk: with its name above, in the colours in which it is shown.
import { element } from "../dom.ts";

const kAbove = 24, kKeyLine = 16;

// A line below the chart: what a colour stands for, or, without a colour, what else is to be said.
export interface KeyEntry {
    text: string;
    colour?: string; // "var(--method-1)"
}

// How wide `text` is in the file's own type.
function widthOf(text: string, font = "11px"): number {
    const context = document.createElement("canvas").getContext("2d")!;
    context.font = `${font} sans-serif`;
    return context.measureText(text).width;
}

export function svgText(drawing: SVGSVGElement, title: string, key: KeyEntry[] = []): string {
    const style = getComputedStyle(drawing);
    const copy = drawing.cloneNode(true) as SVGSVGElement;
    copy.querySelector(".mark")?.remove();
    copy.removeAttribute("aria-hidden");
    for (const each of [copy, ...copy.querySelectorAll("*")]) {
        for (const name of ["fill", "stroke", "color"]) {
            const value = each.getAttribute(name);
            if (value === "currentColor") each.setAttribute(name, style.color);
            const variable = value?.match(/^var\((--[\w-]+)\)$/)?.[1];
            if (variable) each.setAttribute(name, style.getPropertyValue(variable).trim());
        }
    }
    const chart = Number(drawing.getAttribute("height")), height = chart + kAbove + (key.length > 0 ? key.length * kKeyLine + 6 : 0);
    const width = Math.ceil(Math.max(Number(drawing.getAttribute("width")), widthOf(title, "600 13px") + 4, ...key.map(({ text }) => widthOf(text) + 22)));
    const set = (of: Element, attributes: Record<string, string | number>) => {
        for (const [key, value] of Object.entries(attributes)) of.setAttribute(key, String(value));
        return of;
    };
    const made = (name: string, attributes: Record<string, string | number>) =>
        set(document.createElementNS("http://www.w3.org/2000/svg", name), attributes);
    set(copy, { width, height, viewBox: `0 ${-kAbove} ${width} ${height}`, "font-family": "sans-serif", "font-size": 11 });
    const paper = style.getPropertyValue("--paper").trim(), ink = style.getPropertyValue("--ink").trim();
    const name = made("text", { x: 0, y: -9, fill: ink, "font-size": 13, "font-weight": 600, "text-anchor": "start" });
    name.textContent = title;
    copy.prepend(made("rect", { x: 0, y: -kAbove, width, height, fill: paper }), name);
    const shade = (colour: string) => { const name = colour.match(/^var\((--[\w-]+)\)$/)?.[1]; return name ? style.getPropertyValue(name).trim() : colour; };
    key.forEach(({ text, colour }, i) => {
        const y = chart + 6 + (i + 0.5) * kKeyLine;
        if (colour) copy.append(made("rect", { x: 2, y: y - 5, width: 10, height: 10, rx: 2, fill: shade(colour) }));
        const line = made("text", { x: colour ? 18 : 2, y, dy: "0.35em", fill: ink, "text-anchor": "start" });
        line.textContent = text;
        copy.append(line);
    });
    return new XMLSerializer().serializeToString(copy);
}

// "loss/a b" -> "loss-a-b.svg"
const fileName = (title: string): string => `${title.replace(/[^\w.-]+/g, "-").slice(0, 80)}.svg`;

// `drawing` is asked when the link is used: the chart as it is then. `about` stands above it in the file.
export function saveLink(drawing: () => SVGSVGElement | null, title: string, about: string, key: () => KeyEntry[] = () => []): HTMLAnchorElement {
    const link = element("a", { class: "save", href: "#", download: fileName(title), title: "save as SVG", "aria-label": `save ${title} as SVG` }, "SVG");
    link.addEventListener("click", (event) => {
        const shown = drawing();
        if (shown) link.href = `data:image/svg+xml,${encodeURIComponent(svgText(shown, about, key()))}`;
        else event.preventDefault();
    });
    return link;
}
