// A large file on a bad line: what is there is not sent again, another file is not taken for it, whoever stops is obeyed.
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { Problem } from '../src/api/problem'
import type { Upload } from '../src/api/types'
import { OtherFile, sameFile, send } from '../src/case/pieces'

const SIZE = 10
const file = new File([new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])], 'film.mp4')
const upload = (received = 0): Upload => ({ id: 'u1', size: SIZE, piece: 4, received, name: 'film.mp4' }) as unknown as Upload

/** A server that keeps pieces in order and compares what it has; `falls` times it cannot be reached. */
class Server {
  kept = new Uint8Array(SIZE)
  received = 0
  puts: number[] = []
  falls = 0
  lostAnswer = false

  async answer(request: Request): Promise<Response> {
    const said = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
    const url = new URL(request.url)
    if (request.method === 'PUT') {
      const at = Number(url.searchParams.get('offset'))
      const piece = new Uint8Array(await request.arrayBuffer())
      if (this.falls-- > 0) throw new TypeError('network')
      const digest = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', piece))))
      if (request.headers.get('Content-Digest') !== `sha-256=:${digest}:`) return said({ code: 'damaged' }, 400)
      this.puts.push(at)
      const isThere = at + piece.length <= this.received
      if (at > this.received || (isThere && piece.some((byte, n) => this.kept[at + n] !== byte))) return said({ code: 'out_of_place' }, 409)
      if (!isThere) {
        this.kept.set(piece, at)
        this.received = at + piece.length
      }
      if (this.lostAnswer) {
        this.lostAnswer = false
        throw new TypeError('network')
      }
      return said(upload(this.received))
    }
    if (url.pathname.endsWith('/finish')) return said({ id: 'e1', sha256: 'x' })
    return said(upload(this.received))
  }
}

let server: Server
beforeEach(() => {
  server = new Server()
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 })
  vi.stubGlobal('fetch', (request: Request) => server.answer(request))
})
const watching = () => ({ parts: [] as number[], waits: [] as boolean[], stop: new AbortController() })
const going = (of: Upload, w = watching()): [Promise<{ id: string }>, ReturnType<typeof watching>] => [
  send(of, file, { progress: (part) => w.parts.push(part), waiting: (is) => w.waits.push(is), signal: w.stop.signal }), w,
]

describe('a file in pieces', () => {
  it('goes out in order with the checksum of each piece, and is finished', async () => {
    const [sent, w] = going(upload())
    expect((await sent).id).toBe('e1')
    expect(server.puts).toEqual([0, 4, 8])
    expect([...server.kept]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(w.parts.at(-1)).toBe(1)
  })

  it('waits when the line is down and goes on where it was', async () => {
    server.falls = 2
    const [sent, w] = going(upload())
    await sent
    expect(w.waits.slice(0, 3)).toEqual([true, true, false])
    expect(server.puts).toEqual([0, 4, 8])
  })

  it('sends nothing twice that had come though its answer was lost', async () => {
    server.lostAnswer = true
    const [sent] = going(upload())
    await sent
    expect([...server.kept]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(server.received).toBe(SIZE)
  })

  it('begins where the server stopped', async () => {
    server.kept.set([0, 1, 2, 3])
    server.received = 4
    const [sent] = going(upload(4))
    await sent
    expect(server.puts).toEqual([4, 8])
  })

  it('stops when told to', async () => {
    server.falls = 99
    const [sent, w] = going(upload())
    setTimeout(() => w.stop.abort(), 500)
    await expect(sent).rejects.toThrow()
    expect(server.puts).toEqual([])
  })

  it('gives up with the reason when the server refuses', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ detail: '散列不符', code: 'damaged' }), { status: 422 })))
    const [sent] = going(upload())
    await expect(sent).rejects.toThrow(Problem)
  })
})

describe('going on with a file chosen anew', () => {
  it('takes the same file', async () => {
    server.kept.set([0, 1, 2, 3, 4, 5, 6, 7])
    server.received = 8
    await sameFile(upload(8), file)
    expect(server.puts).toEqual([0, 4])
  })

  it('refuses one of another length without asking, and one with other bytes', async () => {
    await expect(sameFile(upload(4), new File(['abc'], 'film.mp4'))).rejects.toThrow(OtherFile)
    server.kept.set([9, 9, 9, 9])
    server.received = 4
    await expect(sameFile(upload(4), file)).rejects.toThrow(OtherFile)
  })
})
