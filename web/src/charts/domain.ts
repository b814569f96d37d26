// What an axis reaches over: all of the numbers, rounded outwards. Where all are the same there is nothing to reach
// over: from 0 to the double of it, or to 1 where it is 0.
export function domainOf(numbers: number[]): { domain: [number, number]; nice: boolean } {
    const low = numbers.reduce((a, b) => Math.min(a, b)), high = numbers.reduce((a, b) => Math.max(a, b));
    if (low < high) return { domain: [low, high], nice: true };
    return { domain: low === 0 ? [0, 1] : low > 0 ? [0, 2 * low] : [2 * low, 0], nice: false };
}
