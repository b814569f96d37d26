// Where an axis on a logarithmic scale has its numbers: at 1, 2 and 5 of each power of ten, at most six of them; in a
// range too narrow for those, evenly.
export function logTicks(positive: number[]): number[] {
    const low = Math.min(...positive), high = Math.max(...positive);
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
        for (const digit of [1, 2, 5]) found.push(Number(`${digit}e${power}`));
    const inside = found.filter((value) => value >= low && value <= high);
    const each = Math.ceil(inside.length / 6);
    return inside.length < 3 ? evenTicks(low, high) : inside.filter((_, i) => i % each === 0);
}

function evenTicks(low: number, high: number): number[] {
    if (high <= low) return [low];
    const power = 10 ** Math.floor(Math.log10((high - low) / 3));
    const step = [1, 2, 5, 10].map((digit) => digit * power).find((each) => (high - low) / each <= 5)!;
    const ticks: number[] = [];
    for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
}
