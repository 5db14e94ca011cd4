const answer = await fetch('/health');
document.getElementById('state').textContent = (await answer.json()).service;
