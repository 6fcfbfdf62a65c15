"""The menu for phones without a browser: a Telegram bot, SMS and USSD."""
