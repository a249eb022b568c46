# Of figure[who, round, column] and rounds[who].

function sorted(list, n,   i, j, x) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
            x = list[j]; list[j] = list[j - 1]; list[j - 1] = x
        }
}

# The median of a column, or of its ratios to that of another one.
function median(who, column, to,   i, n, list) {
    n = rounds[who]
    for (i = 1; i <= n; i++)
        list[i] = figure[who, i, column] / (to ? figure[to, i, column] : 1)
    sorted(list, n)
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
