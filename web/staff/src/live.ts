// Something changed in the inbox: told by the server's events. The one connection per page goes up again by itself.
import { useInbox } from './inbox'
import type { Counts } from './api/types'

const LIVE = ['mine', 'unit', 'sign', 'cc'] as const
const listeners = new Set<() => void>()
let source: EventSource | null = null

/** Calls back after each change; the answer stops it. */
export function onChange(act: () => void): () => void {
  listeners.add(act)
  listen()
  return () => listeners.delete(act)
}

function listen(): void {
  if (source || typeof EventSource === 'undefined') return
  const inbox = useInbox()
  source = new EventSource('/api/staff/events')
  source.addEventListener('counts', (event) => {
    const before = inbox.counts
    const counts = JSON.parse((event as MessageEvent<string>).data) as Counts
    inbox.counts = { ...before, ...counts }
    if (before && LIVE.some((box) => before[box] !== counts[box])) {
      if (before.mine !== counts.mine) void inbox.count() // done, started, followed: nobody is told of them, and only one's own acts change them
      listeners.forEach((act) => act())
    }
  })
}
