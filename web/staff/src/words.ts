// The names of what the server sends as keys.
import { defineStore } from 'pinia'
import { ref } from 'vue'

import { api, got } from './api/client'
import type { Words } from './api/types'

export const useWords = defineStore('words', () => {
  const words = ref<Words | null>(null)

  async function load(): Promise<void> {
    words.value = await got(api.GET('/api/staff/words'))
  }

  const role = (key: string | null | undefined): string => (key ? (words.value?.roles[key] ?? key) : '')
  const code = (list: string, key: string | null | undefined): string =>
    key ? (words.value?.codes[list]?.[key] ?? key) : ''
  const paper = (key: string): string => words.value?.papers[key] ?? key
  const agency = (id: number | string | null | undefined): string =>
    id == null ? '' : (words.value?.agencies[String(id)] ?? String(id))
  const process = (key: string): string => words.value?.processes[key] ?? key
  const message = (key: string): string => words.value?.messages[key]?.name ?? key

  return { words, load, role, code, paper, agency, process, message }
})
