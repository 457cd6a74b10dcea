import type { ProblemBody } from './types'

/** What the server refused (RFC 9457), or that it could not be reached (`status` 0). */
export class Problem extends Error {
  readonly status: number
  readonly body: Partial<ProblemBody>

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail ?? '')
    this.status = status
    this.body = body
  }

  /** Field → what is wrong with it. */
  get fields(): Record<string, string> {
    return this.body.fields ?? {}
  }
}
