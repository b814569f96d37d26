// A chart as a file of its own, for a paper or a talk: with its name above, in the colours in which it is shown.
import { element } from "../dom.ts";

const kAbove = 24;

export function svgText(drawing: SVGSVGElement, title: string): string {
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
    const width = Number(drawing.getAttribute("width")), height = Number(drawing.getAttribute("height")) + kAbove;
    const set = (of: Element, attributes: Record<string, string | number>) => {
        for (const [key, value] of Object.entries(attributes)) of.setAttribute(key, String(value));
        return of;
    };
    const made = (name: string, attributes: Record<string, string | number>) =>
        set(document.createElementNS("http://www.w3.org/2000/svg", name), attributes);
    set(copy, { height, viewBox: `0 ${-kAbove} ${width} ${height}`, "font-family": "sans-serif", "font-size": 11 });
    const paper = style.getPropertyValue("--paper").trim(), ink = style.getPropertyValue("--ink").trim();
    const name = made("text", { x: 0, y: -9, fill: ink, "font-size": 13, "font-weight": 600, "text-anchor": "start" });
    name.textContent = title;
    copy.prepend(made("rect", { x: 0, y: -kAbove, width, height, fill: paper }), name);
    return new XMLSerializer().serializeToString(copy);
}

// "loss/a b" -> "loss-a-b.svg"
const fileName = (title: string): string => `${title.replace(/[^\w.-]+/g, "-").slice(0, 80)}.svg`;

// `drawing` is asked when the link is used: the chart as it is then. `about` stands above it in the file.
export function saveLink(drawing: () => SVGSVGElement | null, title: string, about: string): HTMLAnchorElement {
    const link = element("a", { class: "save", href: "#", download: fileName(title), title: "save as SVG", "aria-label": `save ${title} as SVG` }, "SVG");
    link.addEventListener("click", (event) => {
        const shown = drawing();
        if (shown) link.href = `data:image/svg+xml,${encodeURIComponent(svgText(shown, about))}`;
        else event.preventDefault();
    });
    return link;
}
