import{r as e}from"./reasons.js";const t=t=>e(`said`,{text:t});function n(e,n){let[r=``,...i]=e.split(`
`);return{reason:t(r),...n===void 0?{}:{route:n},...i.length===0?{}:{snippet:i.join(`
`)}}}export{n,t};