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

// 2nd, 3rd, 11th, 21st
export function ordinal(value: number): string {
    const ending = Math.floor(value / 10) % 10 === 1 ? "th" : ["th", "st", "nd", "rd"][value % 10] ?? "th";
    return `${value}${ending}`;
}

// Ticks of an axis: 0, 500, 1k, 1.5k, 20k.
export function short(value: number): string {
    const thousands = Math.abs(value) >= 1e6 ? [value / 1e6, "M"] : Math.abs(value) >= 1000 ? [value / 1000, "k"] : [value, ""];
    return Number((thousands[0] as number).toPrecision(4)) + String(thousands[1]);
}

// A number that lies exactly between two roundings goes to the even digit, as the program's tables have it (JavaScript
// takes the larger one). `exact` has more digits than a tie can have, `up` is the larger one.
function tieToEven(exact: string, up: string, decimals: number): string {
    const end = exact.indexOf(".") + (decimals > 0 ? 1 + decimals : 0);
    const isTie = /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + decimals));
    return isTie && "02468".includes(exact.slice(0, end).at(-1)!) ? exact.slice(0, end) : up;
}

// So many digits after the point, as the program's tables have them (rounded() of reports/text.h), from 1e9 on in
// scientific notation.
export function fixed(value: number, decimals: number): string {
    const size = Math.abs(value), most = 60;
    let text = tieToEven(size.toFixed(most), size.toFixed(decimals), decimals);
    if (size >= 1e9) {
        const [digits, power] = size.toExponential(3).split("e+") as [string, string];
        const exact = size.toExponential(most).split("e+") as [string, string];
        const rounded = tieToEven(exact[0], digits, 3);
        text = `${rounded}e+${(rounded === digits ? power : exact[1]).padStart(2, "0")}`;
    }
    return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
}
