// A large file goes out in pieces, in order, each with its checksum; what stopped goes on where the server says it stopped.
import { api, ask, got } from '../api/client'
import { Problem } from '../api/problem'
import type { EvidenceItem, ProblemBody, Upload } from '../api/types'

/** What is told of a file besides its bytes. */
export interface Told {
  kind: string
  place?: string
  device?: string
  witnesses?: string
  taken_at?: string
}

export interface Watch {
  progress: (part: number) => void
  waiting: (is: boolean) => void
  signal: AbortSignal
}

export class OtherFile extends Error {}

const WAITS = [1, 2, 4, 8, 15]

export const begin = (caseId: string, file: File, told: Told): Promise<Upload> =>
  got(api.POST('/api/staff/cases/{case_id}/uploads', { params: { path: { case_id: caseId } }, body: { name: file.name, size: file.size, ...told } }))

export const unfinished = (caseId: string): Promise<Upload[]> => got(api.GET('/api/staff/cases/{case_id}/uploads', { params: { path: { case_id: caseId } } }))

export const giveUp = (id: string): Promise<unknown> => got(api.DELETE('/api/staff/uploads/{upload_id}', { params: { path: { upload_id: id } } }))

/** Sends what is not there yet and finishes. Stops with an AbortError when the signal says so; waits and tries again when the line is down. */
export async function send(upload: Upload, file: File, watch: Watch): Promise<EvidenceItem> {
  let at = upload.received
  while (at < file.size) {
    watch.progress(at / file.size)
    at = await patiently(() => put(upload, file, at, watch.signal), upload, watch)
  }
  watch.progress(1)
  return got(api.POST('/api/staff/uploads/{upload_id}/finish', { params: { path: { upload_id: upload.id } }, signal: watch.signal }))
}

/** Is this the file of which the server has a part? Its first and last piece that are there are compared by the server. */
export async function sameFile(upload: Upload, file: File): Promise<void> {
  if (file.size !== upload.size) throw new OtherFile()
  const here = upload.received
  const never = new AbortController().signal
  const places = here ? [0, Math.max(0, here - upload.piece)] : []
  for (const at of new Set(places)) {
    try {
      await put({ ...upload, piece: Math.min(upload.piece, here - at) }, file, at, never)
    } catch (error) {
      if (error instanceof Problem && error.body.code === 'out_of_place') throw new OtherFile()
      throw error
    }
  }
}

async function put(upload: Upload, file: File, at: number, signal: AbortSignal): Promise<number> {
  const piece = await file.slice(at, at + upload.piece).arrayBuffer()
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', piece))
  const digest = btoa(String.fromCharCode(...sum))
  const request = new Request(`${location.origin}/api/staff/uploads/${upload.id}?offset=${at}`, {
    method: 'PUT', body: piece, signal,
    headers: { 'Content-Type': 'application/octet-stream', 'Content-Digest': `sha-256=:${digest}:` },
  })
  const answer = await ask(request)
  if (!answer.ok) throw new Problem(answer.status, (await answer.json().catch(() => ({}))) as ProblemBody)
  return ((await answer.json()) as Upload).received
}

async function patiently(act: () => Promise<number>, upload: Upload, watch: Watch): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      const at = await act()
      watch.waiting(false)
      return at
    } catch (error) {
      watch.signal.throwIfAborted()
      if (!(error instanceof Problem)) throw error
      if (error.body.code === 'out_of_place') return received(upload.id)
      const wait = WAITS[tries]
      if (wait === undefined || ![0, 429, 502, 503, 504].includes(error.status)) throw error
      watch.waiting(true)
      await pause(wait * 1000, watch.signal)
    }
  }
}

async function received(id: string): Promise<number> {
  return (await got(api.GET('/api/staff/uploads/{upload_id}', { params: { path: { upload_id: id } } }))).received
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason as Error) }, { once: true })
  })
