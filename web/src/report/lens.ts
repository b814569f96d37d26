// One place in several pictures at once: what is zoomed and moved in one is so in all.
import { element } from "../dom.ts";
import type { View } from "./pictures.ts";

const kMost = 16, kSvg = "http://www.w3.org/2000/svg";

export class Lens {
    scale = 1;
    x = 0.5; // what lies in the middle, as a share of the picture
    y = 0.5;
    private readonly panes: HTMLElement[] = [];
    private readonly listeners: (() => void)[] = [];

    follow(listener: () => void): void { this.listeners.push(listener); }

    clear(): void { this.panes.length = 0; }

    zoom(factor: number, x = this.x, y = this.y): void {
        const before = this.scale;
        this.scale = Math.min(kMost, Math.max(1, this.scale * factor));
        // What lies under the pointer stays there.
        this.move((x - this.x) * (1 - before / this.scale), (y - this.y) * (1 - before / this.scale));
    }

    move(x: number, y: number): void {
        const margin = 0.5 / this.scale;
        this.x = Math.min(1 - margin, Math.max(margin, this.x + x));
        this.y = Math.min(1 - margin, Math.max(margin, this.y + y));
        for (const pane of this.panes) this.apply(pane);
        for (const listener of this.listeners) listener();
    }

    reset(): void {
        this.scale = 1;
        this.move(0, 0);
    }

    // A frame that shows the pictures on top of each other, and moves them by the pointer and the wheel.
    pane(...layers: HTMLElement[]): HTMLElement {
        const moved = element("div", { class: "moved" }, ...layers);
        const made = element("div", { class: "pane" }, moved);
        this.panes.push(moved);
        this.apply(moved);
        const at = (event: MouseEvent) => {
            const box = made.getBoundingClientRect();
            return [this.x + ((event.clientX - box.left) / box.width - 0.5) / this.scale, this.y + ((event.clientY - box.top) / box.height - 0.5) / this.scale] as const;
        };
        made.addEventListener("wheel", (event) => {
            event.preventDefault();
            this.zoom(2 ** (-event.deltaY / 240), ...at(event));
        }, { passive: false });
        made.addEventListener("pointerdown", (event) => { if (event.button === 0) made.setPointerCapture(event.pointerId); });
        made.addEventListener("pointermove", (event) => {
            if (!made.hasPointerCapture(event.pointerId)) return;
            this.move(-event.movementX / made.clientWidth / this.scale, -event.movementY / made.clientHeight / this.scale);
        });
        made.addEventListener("dblclick", (event) => (this.scale > 1 ? this.reset() : this.zoom(4, ...at(event))));
        return made;
    }

    private apply(pane: HTMLElement): void {
        pane.style.transform = `translate(${(0.5 - this.x * this.scale) * 100}%, ${(0.5 - this.y * this.scale) * 100}%) scale(${this.scale})`;
        pane.classList.toggle("near", this.scale >= 3);
    }
}

// A picture, or why there is none.
export function layer({ picture, name }: View, id: string): HTMLElement {
    if (!picture.src) return element("div", { class: picture.failed ? "absent failed" : "absent" }, picture.absent || "not in this page");
    const image = element("img", { src: picture.src, alt: `${id}, ${name}`, draggable: false });
    // One that lies beside the page (bfr report --thumbnails) can have been left behind.
    image.addEventListener("error", () => image.replaceWith(element("div", { class: "absent" }, `${picture.src}: there is no such file beside this page`)));
    return image;
}

// The points of a face over its picture.
export function points(view: View, colour: string): SVGSVGElement | null {
    const { face, picture } = view;
    if (!face?.points || !picture.width || !picture.height) return null;
    const svg = document.createElementNS(kSvg, "svg");
    svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
    svg.setAttribute("class", "face");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(kSvg, "path");
    const places: string[] = [];
    for (let i = 0; i + 1 < face.points.length; i += 2) places.push(`M${face.points[i]! + 0.5},${face.points[i + 1]! + 0.5}h0`);
    path.setAttribute("d", places.join(""));
    path.setAttribute("stroke", colour);
    svg.append(path);
    return svg;
}
