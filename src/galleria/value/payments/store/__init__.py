"""Every statement on payments: `attempts` come in, `refunds` go out."""
