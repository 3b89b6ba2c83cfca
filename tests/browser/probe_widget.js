// The smallest thing that keeps the widget's contract. It lets a test use the `fetch` that the extension gives it.
(() => {
  globalThis.AutoBlogQuestionInjector = class {
    constructor(config) {
      this.config = config;
      globalThis.probe = config;
    }

    async init(url = location.href) {
      const { apiBaseUrl, apiKey, fetch, placement } = this.config;
      const path = `/api/v1/questions/check-and-load?blog_url=${encodeURIComponent(url)}`;
      try {
        const response = await fetch(apiBaseUrl + path, { headers: { 'X-API-Key': apiKey } });
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.detail);
        this.card = document.createElement('div');
        this.card.id = 'probe-card';
        this.card.dataset.placement = placement;
        this.card.textContent = answer.blog.questions[0].question;
        document.querySelector('article').append(this.card);
        document.dispatchEvent(new CustomEvent('blogqa:shown', { detail: { count: answer.blog.questions.length } }));
        return true;
      } catch (error) {
        document.dispatchEvent(new CustomEvent('blogqa:error', { detail: { message: error.message } }));
        return false;
      }
    }

    destroy() {
      this.card?.remove();
    }
  };
})();
