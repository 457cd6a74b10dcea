// A keyset page after another, with its three states. An answer that comes after a newer question is dropped.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { complain, sentence } from '../toast'
import type { Paged } from './kinds'

export interface PagedList<Row> {
  rows: ShallowRef<Row[]>
  next: Ref<string | null>
  state: Ref<'idle' | 'loading' | 'ready' | 'failed'>
  why: Ref<string>
  load: (more?: boolean) => Promise<void>
  clear: () => void
}

export function usePaged<Row>(ask: (after: string | undefined) => Promise<Paged<Row>>): PagedList<Row> {
  const rows = shallowRef<Row[]>([])
  const next = ref<string | null>(null)
  const state = ref<'idle' | 'loading' | 'ready' | 'failed'>('idle')
  const why = ref('')
  let asked = 0

  async function load(more = false): Promise<void> {
    const mine = ++asked
    if (!more) state.value = 'loading'
    try {
      const page = await ask(more ? (next.value ?? undefined) : undefined)
      if (mine !== asked) return
      rows.value = more ? [...rows.value, ...page.items] : page.items
      next.value = page.next
      state.value = 'ready'
    } catch (error) {
      if (mine !== asked) return
      if (more) return complain(error) // what is there stays, and so does the button that asks for more
      why.value = sentence(error)
      state.value = 'failed'
    }
  }

  function clear(): void {
    asked++
    rows.value = []
    next.value = null
    state.value = 'idle'
  }

  return { rows, next, state, why, load, clear }
}
