const SERIES = [1, 2, 3, 4, 5, 6].map((index) => `--g-chart-${index}`)

/** An ECharts theme read from the tokens as they are now. */
export function chartTheme(): object {
  const styles = getComputedStyle(document.documentElement)
  const token = (name: string) => styles.getPropertyValue(name).trim()
  const axis = {
    axisLine: { lineStyle: { color: token('--g-line-strong') } },
    axisTick: { show: false },
    axisLabel: { color: token('--g-ink-2') },
    splitLine: { lineStyle: { color: token('--g-line') } },
    nameTextStyle: { color: token('--g-ink-2') },
  }
  return {
    color: SERIES.map(token),
    backgroundColor: 'transparent',
    textStyle: { color: token('--g-ink'), fontFamily: token('--g-font') },
    grid: { top: 48, right: 16, bottom: 32, left: 56 },
    legend: { top: 0, left: 0, textStyle: { color: token('--g-ink-2') } },
    tooltip: {
      backgroundColor: token('--g-surface'),
      borderColor: token('--g-line'),
      textStyle: { color: token('--g-ink') },
    },
    visualMap: {
      inRange: { color: [token('--g-accent-soft'), token('--g-chart-1')] },
      textStyle: { color: token('--g-ink-2') },
    },
    line: { symbol: 'none', lineStyle: { width: 2.5 } },
    bar: { itemStyle: { borderRadius: [4, 4, 0, 0] } },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: { ...axis, splitLine: { show: false } },
  }
}
