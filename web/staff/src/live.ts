// Something changed in the inbox: told by the server's events. The one connection per page goes up again by itself.
import { watch } from 'vue'

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
    inbox.counts = { ...inbox.counts, ...(JSON.parse((event as MessageEvent<string>).data) as Counts) }
  })
  // However they came: an answer to a question of one's own may be the first to tell what a colleague did.
  watch(() => inbox.counts, (now, before) => {
    if (!now || !before || !LIVE.some((box) => before[box] !== now[box])) return
    if (before.mine !== now.mine && before.done === now.done) void inbox.count() // done, started, followed: nobody is told of them, and only one's own acts change them
    listeners.forEach((act) => act())
  }, { flush: 'sync' })
}
