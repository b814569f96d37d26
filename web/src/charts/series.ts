// Values over something that ascends.
export interface Series {
    x: number[];
    y: number[];
}

// Exponential moving average whose weights halve each `halfLife` of x, without a pull towards the first value
// (the sum is divided by the weights that it has so far). 0: the values themselves.
export function smoothed(series: Series, halfLife: number): Series {
    if (halfLife <= 0) return series;
    let sum = 0, weight = 0, before = series.x[0] ?? 0;
    const y = series.y.map((value, i) => {
        const kept = Math.pow(2, -(series.x[i]! - before) / halfLife);
        before = series.x[i]!;
        sum = kept * sum + value;
        weight = kept * weight + 1;
        return sum / weight;
    });
    return { x: series.x, y };
}

// The index of the value that lies nearest to `at`; -1 where there is none.
export function nearest({ x }: Series, at: number): number {
    let low = 0, high = x.length - 1;
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (x[middle]! <= at) low = middle;
        else high = middle;
    }
    return high < 0 ? -1 : Math.abs(x[high]! - at) < Math.abs(at - x[low]!) ? high : low;
}
