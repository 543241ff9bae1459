import '@galleria/shared/styles/base.css'
import '@galleria/shared/styles/vant.css'
import { clientKey, createGalleriaI18n, useTheme } from '@galleria/shared'
import { createApp } from 'vue'
import App from './App.vue'
import { memberClient } from './api'
import { router } from './router'
import { followVantLocale } from './vantLocale'

const i18n = await createGalleriaI18n({
  'zh-CN': () => import('./messages/zh-CN'),
  en: () => import('./messages/en'),
})

// The choice of dark or light holds from the first paint, not only where it is made.
useTheme()
followVantLocale()
createApp(App).use(i18n.plugin).use(router).provide(clientKey, memberClient).mount('#app')

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/sw.js')
}
