export interface FieldError {
  field: string
  message: string
  code?: string
}

interface ProblemDetails {
  type?: string
  title?: string
  status?: number
  detail?: string
  code?: string
  errors?: FieldError[]
  params?: Record<string, string | number>
}

/** What the server refused and why (RFC 9457), or `network` when it could not be asked. */
export class Problem extends Error {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly errors: FieldError[]
  /** What fills the message, such as `total_minor` of a price that changed. */
  readonly params: Record<string, string | number>

  constructor(details: ProblemDetails) {
    super(details.detail || details.title || details.code || 'unknown')
    this.name = 'Problem'
    this.type = details.type ?? 'about:blank'
    this.title = details.title ?? ''
    this.status = details.status ?? 0
    this.detail = details.detail ?? ''
    this.code = details.code ?? 'unknown'
    this.errors = details.errors ?? []
    this.params = details.params ?? {}
  }

  static async from(response: Response): Promise<Problem> {
    const details = await readDetails(response)
    return new Problem({ ...details, status: response.status })
  }

  static network(): Problem {
    return new Problem({ code: 'network' })
  }

  errorOf(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message
  }
}

async function readDetails(response: Response): Promise<ProblemDetails> {
  try {
    return (await response.json()) as ProblemDetails
  } catch {
    return {}
  }
}
