import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { i18nFlags, proxy } from '../vite.shared.ts'

export default defineConfig({
  base: '/console/',
  plugins: [vue()],
  define: i18nFlags,
  build: {
    target: 'es2022',
    rolldownOptions: {
      output: {
        // Charts come with the pages that draw; their canvas half changes least and is cached apart.
        codeSplitting: {
          groups: [
            { name: 'zrender', test: /node_modules[\\/]zrender/ },
            { name: 'echarts', test: /node_modules[\\/]echarts/ },
          ],
        },
      },
    },
  },
  server: { port: 5174, proxy },
  preview: { port: 4174, proxy },
})
