import 'element-plus/theme-chalk/base.css'
import './style.css'
import './desk.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { i18n } from './i18n'
import { watchBuild } from './renewal'
import { router } from './router'

watchBuild(router)
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
