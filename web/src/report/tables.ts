// The program's tables, sorted by a column and filtered by the choice of methods.
import { element } from "../dom.ts";
import { badge, type MethodChoice } from "./methods.ts";

const textOf = (of: Element): string => of.textContent?.trim() ?? "";

function numberOf(cell: Element | undefined): number | null {
    const text = cell instanceof HTMLElement ? cell.dataset.number : undefined;
    return text === undefined ? null : Number(text);
}

// The best first, what has no number last; words by the alphabet.
function compare(a: Element | undefined, b: Element | undefined, lowFirst: boolean): number {
    const x = numberOf(a), y = numberOf(b);
    if (x === null && y === null) return textOf(a ?? document.body).localeCompare(textOf(b ?? document.body));
    if (x === null || y === null) return x === null ? 1 : -1;
    return lowFirst ? x - y : y - x;
}

function sortable(table: HTMLTableElement): void {
    const body = table.tBodies[0]!, headings = [...table.tHead!.rows[0]!.cells];
    const original = [...body.rows];
    headings.forEach((heading, column) => {
        const button = element("button", { type: "button", class: "sort" });
        button.append(...heading.childNodes);
        heading.append(button);
        button.addEventListener("click", () => {
            const before = heading.getAttribute("aria-sort");
            for (const other of headings) other.removeAttribute("aria-sort");
            const lowFirst = heading.dataset.best === "low";
            const rows = [...original].sort((a, b) => compare(a.cells[column], b.cells[column], lowFirst));
            const first = lowFirst || !heading.classList.contains("number") ? "ascending" : "descending";
            const second = first === "ascending" ? "descending" : "ascending";
            const empty = (row: HTMLTableRowElement) => heading.classList.contains("number") && numberOf(row.cells[column]) === null;
            if (before === null) {
                heading.setAttribute("aria-sort", first);
                body.append(...rows);
            } else if (before === first) {
                heading.setAttribute("aria-sort", second);
                body.append(...rows.filter((row) => !empty(row)).reverse(), ...rows.filter(empty));
            } else {
                body.append(...original);
            }
        });
    });
}

export function enhanceTables(choice: MethodChoice): void {
    const places = new Map(choice.methods.map(({ label }, i) => [label, i]));
    const rows: { row: HTMLTableRowElement; method: number }[] = [];
    for (const table of document.querySelectorAll<HTMLTableElement>("#results table.results")) {
        for (const row of table.tBodies[0]!.rows) {
            const name = row.cells[0]?.querySelector("bdi");
            const method = places.get(name ? textOf(name) : "");
            if (!name || method === undefined) continue;
            name.before(badge(method));
            rows.push({ row, method });
        }
        sortable(table);
    }
    choice.follow(() => { for (const { row, method } of rows) row.hidden = !choice.shows(method); });
    // The share of a cell of a matrix, as its shade.
    for (const cell of document.querySelectorAll<HTMLElement>("[data-share]")) cell.style.setProperty("--share", cell.dataset.share!);
}
