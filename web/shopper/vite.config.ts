import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { i18nFlags, proxy, vantStyles } from '../vite.shared.ts'
import { offlineShell } from './offline.ts'

export default defineConfig({
  plugins: [vue(), vantStyles(), offlineShell()],
  define: i18nFlags,
  build: { target: 'es2022', manifest: true },
  server: { port: 5173, proxy },
  preview: { port: 4173, proxy },
})
