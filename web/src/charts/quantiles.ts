// The quantile at `share` of ascending numbers, interpolated between neighbours (R's type 7, NumPy's default).
export function quantile(ascending: number[], share: number): number {
    const at = share * (ascending.length - 1), low = Math.floor(at);
    const below = ascending[low] ?? NaN, above = ascending[Math.min(low + 1, ascending.length - 1)] ?? NaN;
    return below + (at - low) * (above - below);
}
