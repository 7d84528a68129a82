import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['**/node_modules/', '.venv/', 'build/', 'maps/', '**/.cache/'] },
  js.configs.recommended,
  {
    files: ['bordermap/render/static/**/*.js'],
    languageOptions: { globals: { ...globals.browser, L: 'readonly' } },
    rules: {
      complexity: ['error', 12],
      eqeqeq: 'error',
      'max-depth': ['error', 4],
      'max-lines': ['error', 500],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 7],
      'no-alert': 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-properties': ['error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'].map((property) => ({
          property, message: 'Text enters the page by textContent only.',
        }))],
      'no-script-url': 'error',
      'no-self-compare': 'off',
      'no-shadow': 'error',
      'no-unused-vars': ['error', { args: 'after-used' }],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['docs/assets/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['tests/js/*.js', 'eslint.config.js'],
    languageOptions: { globals: globals.node },
  },
];
