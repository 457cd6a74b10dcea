// The candidate's desk: the clock is the server's, every answer goes out by itself, and what could not go waits in this browser.
import { computed, onBeforeUnmount, reactive, ref, shallowRef } from 'vue'

import { api, got } from '../../api/client'
import { Problem } from '../../api/problem'
import type { components } from '../../api/schema'
import { sentence } from '../../toast'

type S = components['schemas']
export type Desk = Omit<S['DeskWithPaper'], 'paper' | 'answers'>
export type PaperItem = S['PaperItem']

const REST = 800 // ms of rest before an answer goes out
const AGAIN = 4_000 // ms between tries while the connection is lost

const place = (id: string): string => `zc-sitting:${id}`

/** What this browser still owes the server; empty when unreadable. */
function owed(id: string): Record<string, string> {
  try {
    return JSON.parse(sessionStorage.getItem(place(id)) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}

export function useSitting(id: string) {
  const desk = shallowRef<Desk | null>(null)
  const paper = shallowRef<PaperItem[]>([])
  const answers = reactive<Record<string, string>>({})
  const waiting = reactive<Record<string, string>>(owed(id))
  const state = ref<'closed' | 'sitting' | 'lost' | 'over' | 'handed' | 'failed'>('closed')
  const told = ref('')
  const savedAt = ref<string | null>(null)
  const left = ref(0)
  let endsAt = 0 // on this browser's clock that only counts, performance.now()
  let rest: ReturnType<typeof setTimeout> | undefined
  let isSending = false

  function take(now: Desk): void {
    desk.value = now
    endsAt = performance.now() + now.seconds_left * 1000
    tick()
    if (now.state === 'submitted' || now.state === 'closed') state.value = 'handed'
  }

  function tick(): void {
    left.value = Math.max(0, Math.round((endsAt - performance.now()) / 1000))
    if (left.value === 0 && state.value === 'sitting' && desk.value?.state === 'sitting') state.value = 'over'
  }
  const every = setInterval(tick, 1000)

  async function begin(): Promise<void> {
    told.value = ''
    try {
      const found = await got(api.POST('/api/staff/sittings/{sitting_id}/begin', { params: { path: { sitting_id: id } } }))
      paper.value = found.paper
      Object.assign(answers, found.answers, waiting)
      state.value = 'sitting'
      take(found)
      if (Object.keys(waiting).length) void send()
    } catch (error) {
      told.value = sentence(error)
      state.value = error instanceof Problem && error.status === 0 ? 'lost' : 'failed'
    }
  }

  function remember(): void {
    try {
      if (Object.keys(waiting).length) sessionStorage.setItem(place(id), JSON.stringify(waiting))
      else sessionStorage.removeItem(place(id))
    } catch {
      // a full store: what is on the page still goes out
    }
  }

  function answer(item: number, text: string): void {
    answers[item] = text
    waiting[item] = text
    remember()
    clearTimeout(rest)
    rest = setTimeout(() => void send(), REST)
  }

  /** Sends what is owed; what the server took is owed no longer. Tries again by itself while the connection is lost. */
  async function send(): Promise<boolean> {
    if (isSending) return false
    const batch = { ...waiting }
    if (!Object.keys(batch).length) return true
    isSending = true
    try {
      const now = await got(api.PUT('/api/staff/sittings/{sitting_id}/answers', { params: { path: { sitting_id: id } }, body: { answers: batch } }))
      for (const [item, text] of Object.entries(batch)) if (waiting[item] === text) delete waiting[item]
      remember()
      if (state.value === 'lost') state.value = 'sitting'
      told.value = ''
      savedAt.value = now.now
      take(now)
    } catch (error) {
      if (error instanceof Problem && error.status === 0) {
        state.value = 'lost'
        clearTimeout(rest)
        rest = setTimeout(() => void send(), AGAIN)
      } else {
        told.value = [sentence(error), ...(error instanceof Problem ? Object.values(error.fields) : [])].join(' ')
        if (error instanceof Problem && error.status === 409) state.value = 'over'
      }
      return false
    } finally {
      isSending = false
    }
    return Object.keys(waiting).length ? send() : true
  }

  async function handIn(): Promise<void> {
    clearTimeout(rest)
    told.value = ''
    try {
      take(await got(api.POST('/api/staff/sittings/{sitting_id}/submission', { params: { path: { sitting_id: id } }, body: { answers: { ...waiting } } })))
      for (const item of Object.keys(waiting)) delete waiting[item]
      remember()
      state.value = 'handed'
    } catch (error) {
      told.value = sentence(error)
      if (error instanceof Problem && error.status === 0) state.value = 'lost'
    }
  }

  function left_(): void {
    if (document.visibilityState === 'hidden' && state.value === 'sitting') {
      void api.POST('/api/staff/sittings/{sitting_id}/leaving', { params: { path: { sitting_id: id } }, body: { what: 'hidden' } }).catch(() => undefined)
    }
  }
  const backOnline = (): void => void (state.value === 'lost' && (paper.value.length ? send() : begin()))
  document.addEventListener('visibilitychange', left_)
  window.addEventListener('online', backOnline)
  onBeforeUnmount(() => {
    clearInterval(every)
    clearTimeout(rest)
    document.removeEventListener('visibilitychange', left_)
    window.removeEventListener('online', backOnline)
    void send()
  })

  const unanswered = computed(() => paper.value.filter((one) => !answers[one.item]?.trim()).map((one) => one.item))
  const owes = computed(() => Object.keys(waiting).length)
  return { desk, paper, answers, state, told, savedAt, left, unanswered, owes, begin, answer, send, handIn }
}
