const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = (value: number): string => grouped.format(value);

// Four digits that matter, with the minus sign of typography; 1.2e-5 below 1e-4.
export function number(value: number): string {
    const size = Math.abs(value);
    const text = size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(2)
        : size >= 1000 ? grouped.format(value)
        : Number(value.toPrecision(4)).toString();
    return text.replaceAll("-", "−");
}

// Ticks of an axis: 0, 500, 1k, 1.5k, 20k.
export function short(value: number): string {
    const thousands = Math.abs(value) >= 1e6 ? [value / 1e6, "M"] : Math.abs(value) >= 1000 ? [value / 1000, "k"] : [value, ""];
    return Number((thousands[0] as number).toPrecision(4)) + String(thousands[1]);
}

// So many digits after the point, as the report's tables have them.
export const fixed = (value: number, decimals: number): string => value.toFixed(decimals).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
