// Who is logged in. When the session ends in mid-work the log-in appears in place: nothing on the page is lost.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { api, got, onSessionLost, onTokenRefused, useToken } from './api/client'
import { Problem } from './api/problem'
import type { Me } from './api/types'
import { forgetDrafts } from './form/drafts'

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const lost = ref(false)
  let waiting: (() => void)[] = []

  function accept(found: Me): void {
    me.value = found
    useToken(found.csrf)
  }

  /** Reads who is logged in; false when nobody is. */
  async function look(): Promise<boolean> {
    try {
      accept(await got(api.GET('/api/staff/session')))
      return true
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return false
      throw error
    }
  }

  async function logIn(login: string, password: string): Promise<void> {
    const before = me.value?.id
    const found = await got(api.POST('/api/staff/session', { body: { login, password } }))
    accept(found)
    if (lost.value && before !== undefined && before !== found.id) {
      location.assign('/') // somebody else: what stands on the page is not theirs
      return
    }
    lost.value = false
    const all = waiting
    waiting = []
    all.forEach((go) => go())
  }

  async function logOut(): Promise<void> {
    try {
      await api.DELETE('/api/staff/session')
    } finally {
      forgetDrafts()
      location.assign('/')
    }
  }

  onSessionLost(() => {
    lost.value = true
    return new Promise((resolve) => waiting.push(resolve))
  })

  onTokenRefused(async () => {
    const before = me.value
    if (!(await look().catch(() => false)) || !before) return false
    if (me.value?.id !== before.id) location.assign('/') // another tab is somebody else's now, and so is this one
    return me.value?.id === before.id && me.value.csrf !== before.csrf
  })

  const may = computed(() => new Set(me.value?.verbs ?? []))
  const roles = computed(() => new Set((me.value?.roles ?? []).map((r) => r.role)))

  /** Does this person hold the role for this agency and category? */
  function holds(role: string, agency: number, category: string): boolean {
    return (me.value?.roles ?? []).some(
      (r) => r.role === role && r.agencies.includes(agency) && r.categories.includes(category),
    )
  }

  return { me, lost, may, roles, holds, look, logIn, logOut }
})
