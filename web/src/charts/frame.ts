// What every chart shares: how it is drawn, and that it follows the width of its place.
import { plot, type PlotOptions } from "@observablehq/plot";
import { oncePerFrame } from "../dom.ts";

export interface ContinuousScale {
    apply: (value: number) => number; // to pixels
    invert: (pixel: number) => number;
}

export interface Drawing {
    svg: SVGSVGElement;
    x: ContinuousScale;
    y: ContinuousScale;
}

// Observable Plot's drawing without its own <style>, which the page's policy forbids; charts.css says the same.
export function drawn(options: PlotOptions): Drawing {
    const figure = plot(options) as SVGSVGElement & { scale: (name: string) => unknown };
    figure.querySelector("style")?.remove();
    return { svg: figure, x: figure.scale("x") as ContinuousScale, y: figure.scale("y") as ContinuousScale };
}

// Calls `draw` at first, and whenever the place's width is another; the function that it returns does so too.
export function followWidth(place: HTMLElement, draw: (width: number) => void): () => void {
    const again = () => {
        const width = Math.round(place.clientWidth);
        if (width >= 80) draw(width);
    };
    let before = 0;
    new ResizeObserver(oncePerFrame(() => {
        if (place.clientWidth === before) return;
        before = place.clientWidth;
        again();
    })).observe(place);
    return again;
}
