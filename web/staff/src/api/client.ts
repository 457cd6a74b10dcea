// The one door to the server: the CSRF token on every write, problems as errors, and a log-in in place when the session ended.
import createClient, { type Middleware } from 'openapi-fetch'

import { Problem } from './problem'
import type { paths } from './schema'
import type { ProblemBody } from './types'

let csrf = ''
let logInAgain: () => Promise<void> = () => Promise.resolve()
let loggedInElsewhere: () => Promise<boolean> = () => Promise.resolve(false)

export function useToken(token: string): void {
  csrf = token
}

/** Who shows the log-in when the session is over; resolves when somebody is logged in again. */
export function onSessionLost(show: () => Promise<void>): void {
  logInAgain = show
}

/** Who looks whether the same person has logged in anew in another tab meanwhile: then this tab has a new token, too. */
export function onTokenRefused(look: () => Promise<boolean>): void {
  loggedInElsewhere = look
}

const SESSION = '/api/staff/session'

/** As `fetch`, with the token; after a 401 the person logs in again and the request goes out once more. */
export async function ask(input: Request): Promise<Response> {
  const again = input.clone()
  const answer = await sent(input)
  if (new URL(input.url).pathname === SESSION || !(await mended(answer.status, input.method))) return answer
  return sent(again)
}

/** Is a request that was answered so to go out once more? */
async function mended(status: number, method: string): Promise<boolean> {
  if (status === 403 && method !== 'GET') return loggedInElsewhere()
  if (status !== 401) return false
  await logInAgain()
  return true
}

async function sent(request: Request): Promise<Response> {
  if (request.method !== 'GET') request.headers.set('X-CSRF-Token', csrf)
  try {
    return await fetch(request)
  } catch {
    throw new Problem(0, {})
  }
}

const refuse: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw new Problem(response.status, await told(response))
  },
}

async function told(response: Response): Promise<Partial<ProblemBody>> {
  try {
    return (await response.json()) as ProblemBody
  } catch {
    return {}
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: ask })
api.use(refuse)

/** The answer's body; a refusal has been thrown before. */
export async function got<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer
  return data as T
}

/** A POST to an address that the server named (actions of a task). */
export async function post(path: string, body: unknown): Promise<unknown> {
  const request = new Request(`${location.origin}/api/staff${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify(body),
  })
  const answer = await ask(request)
  if (!answer.ok) throw new Problem(answer.status, await told(answer))
  return answer.status === 204 ? null : answer.json()
}

/** A file's bytes. */
export async function bytes(path: string): Promise<Blob> {
  const answer = await ask(new Request(`${location.origin}/api/staff${path}`))
  if (!answer.ok) throw new Problem(answer.status, await told(answer))
  return answer.blob()
}

/** Sends a file with progress (0–1). */
export async function upload(path: string, form: FormData, progress: (part: number) => void): Promise<unknown> {
  const key = crypto.randomUUID()
  try {
    return await sendForm(path, form, key, progress)
  } catch (error) {
    if (!(error instanceof Problem) || !(await mended(error.status, 'POST'))) throw error
    return sendForm(path, form, key, progress)
  }
}

function sendForm(path: string, form: FormData, key: string, progress: (part: number) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/staff${path}`)
    request.setRequestHeader('X-CSRF-Token', csrf)
    request.setRequestHeader('Idempotency-Key', key)
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total)
    request.onerror = () => reject(new Problem(0, {}))
    request.onload = () => {
      let body: unknown = {}
      try {
        body = JSON.parse(request.responseText)
      } catch {
        // what is no JSON is no problem of ours: the status says enough
      }
      if (request.status < 300) resolve(body)
      else reject(new Problem(request.status, body as ProblemBody))
    }
    request.send(form)
  })
}

/** Sends a file as the body itself. */
export async function sendBytes(path: string, file: Blob): Promise<unknown> {
  const request = new Request(`${location.origin}/api/staff${path}`, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file })
  const answer = await ask(request)
  if (!answer.ok) throw new Problem(answer.status, await told(answer))
  return answer.json()
}
