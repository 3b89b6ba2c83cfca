/**
 * The one place that differs by deployment: the publisher's key and the address of the API. Everything else is said by
 * the pages themselves, in the `data-` attributes of their script tags.
 */
AutoBlogQuestionInjector.autoInit({
  apiKey: 'pub_put-your-key-here',
  apiBaseUrl: 'http://127.0.0.1:8005',
});
