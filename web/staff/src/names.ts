// The names of officers whom lists know by id only; asked together, kept for the page's life.
import { defineStore } from 'pinia'
import { ref } from 'vue'

import { api, got } from './api/client'

const MOST = 100

export const useNames = defineStore('names', () => {
  const known = ref<Record<string, string>>({})

  async function ask(ids: (string | null | undefined)[]): Promise<void> {
    const wanted = [...new Set(ids)].filter((id): id is string => !!id && !(id in known.value))
    for (let n = 0; n < wanted.length; n += MOST) {
      const found = await got(api.GET('/api/staff/people/names', { params: { query: { id: wanted.slice(n, n + MOST) } } }))
      known.value = { ...known.value, ...found }
    }
  }

  const of = (id: string | null | undefined): string => (id ? (known.value[id] ?? '') : '')
  return { ask, of }
})
