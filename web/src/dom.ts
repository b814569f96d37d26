// Elements whose text is text: nothing here, or in what uses it, reads markup from a string.
type Child = Node | string;

export function element<Name extends keyof HTMLElementTagNameMap>(
    name: Name, attributes: Record<string, string | number | boolean> = {}, ...children: Child[]
): HTMLElementTagNameMap[Name] {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value !== false) made.setAttribute(key, value === true ? "" : String(value));
    }
    made.append(...children);
    return made;
}

// The JSON that the program put into the page.
export function pageData<Data>(): Data {
    const holder = document.getElementById("data");
    if (!holder) throw new Error("the page has no data");
    return JSON.parse(holder.textContent ?? "") as Data;
}

// `draw` once for however many calls until the browser paints.
export function oncePerFrame(draw: () => void): () => void {
    let asked = false;
    return () => {
        if (asked) return;
        asked = true;
        requestAnimationFrame(() => {
            asked = false;
            draw();
        });
    };
}
