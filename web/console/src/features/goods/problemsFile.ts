import type { Schemas } from '@galleria/shared'

type FileProblem = Schemas['FileProblem']

/** A cell as a spreadsheet takes it: quoted where it must be, and never run as a formula. */
export function cell(value: string | number): string {
  const text = String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Everything wrong in a file as a CSV file, to be worked off beside the original. */
export function problemsFile(
  heading: string[],
  problems: FileProblem[],
  say: (problem: FileProblem) => string,
): string {
  const rows = problems.map((problem) => [problem.line, problem.field, say(problem)])
  const lines = [heading, ...rows].map((row) => row.map(cell).join(','))
  return `\uFEFF${lines.join('\r\n')}\r\n`
}
