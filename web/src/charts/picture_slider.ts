// One picture of a row of them, chosen by a slider.
import { element } from "../dom.ts";

export interface Frame {
    src: string;      // data:...
    href: string;     // the file in full size
    width: number;
    height: number;
    caption: string;  // "iteration 1,500"
}

export function pictureSlider(frames: Frame[], name: string, about: string): HTMLElement {
    const image = element("img", { width: frames[0]!.width, height: frames[0]!.height });
    const link = element("a", { title: "full size" }, image);
    const caption = element("output");
    const slider = element("input", { type: "range", min: 0, max: frames.length - 1, step: 1, "aria-label": name });
    const show = () => {
        const frame = frames[slider.valueAsNumber]!;
        image.src = frame.src;
        image.width = frame.width;
        image.height = frame.height;
        image.alt = `${about}, ${frame.caption}`;
        link.href = frame.href;
        caption.value = frame.caption;
        slider.setAttribute("aria-valuetext", frame.caption);
    };
    slider.addEventListener("input", show);
    slider.value = String(frames.length - 1);
    show();
    const chosen = element("label", { class: "control" }, element("span", {}, name), slider, caption);
    return element("figure", { class: "frames" }, element("div", { class: "scroll", tabindex: 0 }, link), chosen);
}
