import 'element-plus/dist/index.css'
import '@galleria/shared/styles/base.css'
import '@galleria/shared/styles/element.css'
import { clientKey, createGalleriaI18n, useTheme } from '@galleria/shared'
import { createApp } from 'vue'
import App from './App.vue'
import { staffClient } from './api'
import { router } from './router'

const i18n = await createGalleriaI18n({
  'zh-CN': () => import('./messages/zh-CN'),
  en: () => import('./messages/en'),
})

useTheme()
createApp(App).use(i18n.plugin).use(router).provide(clientKey, staffClient).mount('#app')
