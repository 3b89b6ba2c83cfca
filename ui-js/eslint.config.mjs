import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['node_modules/', 'auto-blog-question-*.js'] },
  js.configs.recommended,
  {
    files: ['src/**/*.js'],
    languageOptions: { globals: { ...globals.browser, VERSION: false, CARDS: false, DRAWER: false } },
  },
  {
    files: ['examples/**/*.js'],
    languageOptions: { globals: { ...globals.browser, AutoBlogQuestionInjector: false } },
  },
  { files: ['test/**/*.js', '*.mjs'], languageOptions: { globals: globals.node } },
  {
    rules: {
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text is hostile: use textContent.' },
        { property: 'outerHTML', message: 'Text is hostile: use textContent.' },
        { property: 'insertAdjacentHTML', message: 'Text is hostile: use append.' },
      ],
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'indexedDB', 'eval'],
      'no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      eqeqeq: 'off',
    },
  },
];
